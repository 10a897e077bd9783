package io.trailsentry.lab;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An API operation as the simulation makes it.
///
/// @param source service, without `.amazonaws.com`
/// @param name as CloudTrail writes it
/// @param readOnly what CloudTrail says of it
/// @param global whether it is recorded in us-east-1 wherever it is made
/// @param request JSON of the request parameters, with `${...}` to be filled in; null: none
/// @param response JSON of the response elements, likewise
/// @param missing the error code when what it asks for is not there; null: it is always there
record ApiCall(String source, String name, boolean readOnly, boolean global, @Nullable Text request,
        @Nullable Text response, @Nullable String missing) {

    /// A text with places to fill in.
    ///
    /// @param parts what stands between the places, one more than there are places
    /// @param places what to fill in
    record Text(List<String> parts, List<Place> places) {
        Text {
            parts = List.copyOf(parts);
            places = List.copyOf(places);
        }
    }

    /// What is filled in.
    enum Place {
        /// Name of the resource that the call is about.
        NAME,
        /// 17 hexadecimal digits that go with the name.
        ID,
        /// A UUID that goes with the name.
        UUID,
        /// The account's id.
        ACCOUNT,
        /// The Region.
        REGION
    }
}
