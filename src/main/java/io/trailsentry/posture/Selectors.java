package io.trailsentry.posture;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which events a trail records: its basic or its advanced event selectors. An event is recorded when any selector takes
/// it. Immutable. Source: CloudTrail API reference, `EventSelector`, `AdvancedEventSelector`, `AdvancedFieldSelector`.
///
/// @param basic basic selectors
/// @param advanced advanced selectors; a trail has those or basic ones, and with neither it records management events
record Selectors(List<Basic> basic, List<Advanced> advanced) {
    /// What CloudTrail does when nothing is said.
    private static final Basic DEFAULT = new Basic("All", true, Set.of(), List.of());
    /// The events that call out for leaving out: they are many, and say little of an agent. Others make blind.
    static final Set<String> NOISY = Set.of("kms.amazonaws.com", "rdsdata.amazonaws.com");

    Selectors {
        basic = basic.isEmpty() && advanced.isEmpty() ? List.of(DEFAULT) : List.copyOf(basic);
        advanced = List.copyOf(advanced);
    }

    /// How much of something is recorded, least first.
    enum Extent {
        NONE, PARTLY, ALL;

        Extent and(Extent other) {
            return compareTo(other) < 0 ? this : other;
        }

        Extent or(Extent other) {
            return compareTo(other) > 0 ? this : other;
        }

        Extent not() {
            return switch (this) {
                case NONE -> ALL;
                case PARTLY -> PARTLY;
                case ALL -> NONE;
            };
        }
    }

    /// A basic selector.
    ///
    /// @param readWriteType `All`, `ReadOnly` or `WriteOnly`
    /// @param management whether it takes management events
    /// @param excluded event sources whose management events it leaves out
    /// @param data the data events that it takes
    record Basic(String readWriteType, boolean management, Set<String> excluded, List<DataResource> data) {
        Basic {
            excluded = Set.copyOf(excluded);
            data = List.copyOf(data);
        }

        private boolean takes(boolean reads) {
            return !readWriteType.equals(reads ? "WriteOnly" : "ReadOnly");
        }
    }

    /// Data events of a basic selector.
    ///
    /// @param values ARNs, or beginnings of them
    record DataResource(String type, List<String> values) {
        DataResource {
            values = List.copyOf(values);
        }
    }

    /// An advanced selector: it takes what all its fields take.
    record Advanced(List<Field> fields) {
        Advanced {
            fields = List.copyOf(fields);
        }
    }

    /// What one field must be: any of what is named positively, and none of the rest.
    record Field(String name, List<String> equals, List<String> startsWith, List<String> endsWith,
            List<String> notEquals, List<String> notStartsWith, List<String> notEndsWith) {
        Field {
            equals = List.copyOf(equals);
            startsWith = List.copyOf(startsWith);
            endsWith = List.copyOf(endsWith);
            notEquals = List.copyOf(notEquals);
            notStartsWith = List.copyOf(notStartsWith);
            notEndsWith = List.copyOf(notEndsWith);
        }

        private Extent takes(Range range) {
            boolean picks = !equals.isEmpty() || !startsWith.isEmpty() || !endsWith.isEmpty();
            boolean drops = !notEquals.isEmpty() || !notStartsWith.isEmpty() || !notEndsWith.isEmpty();
            if (!picks && !drops) {
                // CloudTrail refuses a field without an operator; what it would mean is not told.
                return Extent.PARTLY;
            }
            Extent picked = picks ? any(range, equals, startsWith, endsWith) : Extent.ALL;
            return picked.and(any(range, notEquals, notStartsWith, notEndsWith).not());
        }

        private static Extent any(Range range, List<String> equals, List<String> starts, List<String> ends) {
            return Stream.of(equals.stream().map(range::isEqual), starts.stream().map(range::begins),
                    ends.stream().map(range::ends)).flatMap(extents -> extents).reduce(Extent.NONE, Extent::or);
        }
    }

    /// One text, or all that begin with it.
    private record Range(String text, boolean beginning) {
        Extent isEqual(String value) {
            return beginning ? some(value.startsWith(text)) : all(value.equals(text));
        }

        Extent begins(String value) {
            return text.startsWith(value) ? Extent.ALL : some(beginning && value.startsWith(text));
        }

        Extent ends(String value) {
            return beginning ? value.isEmpty() ? Extent.ALL : Extent.PARTLY : all(text.endsWith(value));
        }

        private static Extent all(boolean whether) {
            return whether ? Extent.ALL : Extent.NONE;
        }

        private static Extent some(boolean whether) {
            return whether ? Extent.PARTLY : Extent.NONE;
        }
    }

    /// How the management events of one kind, reads or writes, are recorded.
    ///
    /// @param excluded event sources that are left out; empty unless all others are recorded
    record Management(Extent extent, Set<String> excluded) {
        Management {
            excluded = Set.copyOf(excluded);
        }

        /// What two trails record together.
        Management or(Management other) {
            if (extent != other.extent) {
                return extent.compareTo(other.extent) > 0 ? this : other;
            }
            Set<String> both = new TreeSet<>(excluded);
            both.retainAll(other.excluded);
            return new Management(extent, both);
        }
    }

    /// Whether management events that read, or those that write, are recorded.
    Management management(boolean reads) {
        Management basics = basic.stream().filter(selector -> selector.management() && selector.takes(reads))
                .map(selector -> new Management(Extent.ALL, selector.excluded()))
                .reduce(new Management(Extent.NONE, Set.of()), Management::or);
        return advanced.stream().map(selector -> management(selector, reads)).reduce(basics, Management::or);
    }

    private static Management management(Advanced selector, boolean reads) {
        Extent extent = Extent.ALL;
        Set<String> excluded = new TreeSet<>();
        for (Field field : selector.fields()) {
            switch (field.name()) {
                case "eventCategory" -> extent = extent.and(field.takes(new Range("Management", false)));
                case "readOnly" -> extent = extent.and(field.takes(new Range(String.valueOf(reads), false)));
                case "eventSource" -> {
                    excluded.addAll(field.notEquals());
                    Field rest = new Field(field.name(), field.equals(), field.startsWith(), field.endsWith(),
                            List.of(), field.notStartsWith(), field.notEndsWith());
                    extent = extent.and(isExcludingOnly(field) ? Extent.ALL : Extent.PARTLY.and(anySource(rest)));
                }
                default -> extent = extent.and(Extent.PARTLY);
            }
        }
        boolean named = selector.fields().stream().anyMatch(field -> field.name().equals("eventCategory"));
        return new Management(named ? extent : Extent.NONE, extent == Extent.ALL ? excluded : Set.of());
    }

    private static boolean isExcludingOnly(Field field) {
        return !field.notEquals().isEmpty() && Stream.of(field.equals(), field.startsWith(), field.endsWith(),
                field.notStartsWith(), field.notEndsWith()).allMatch(List::isEmpty);
    }

    private static Extent anySource(Field field) {
        return field.takes(new Range("", true));
    }

    /// Whether the object events of a bucket are recorded, reads and writes.
    ///
    /// @param partition of the bucket's ARN
    Extent objects(String partition, String bucket) {
        String arns = "arn:" + partition + ":s3:::" + bucket + "/";
        return data("AWS::S3::Object", "s3.amazonaws.com", new Range(arns, true), value -> {
            // All buckets, or all objects of the bucket. What a bucket without its slash means is not told.
            String all = "arn:" + partition + ":s3";
            return value.equals(all) || value.equals(all + ":::") || value.equals(arns)
                    ? Extent.ALL
                    : Range.some(value.startsWith(arns) || value.equals(all + ":::" + bucket));
        });
    }

    /// Whether the item events of a table are recorded, reads and writes.
    Extent items(String tableArn) {
        return data("AWS::DynamoDB::Table", "dynamodb.amazonaws.com", new Range(tableArn, false),
                value -> Range.all(value.equals(tableArn) || isAllTables(value, tableArn)));
    }

    private static boolean isAllTables(String value, String tableArn) {
        return value.endsWith(":dynamodb") && tableArn.startsWith(value + ":");
    }

    private Extent data(String type, String source, Range arns,
            Function<String, Extent> basicValue) {
        Extent reads = Extent.NONE;
        Extent writes = Extent.NONE;
        for (Basic selector : basic) {
            Extent taken = selector.data().stream().filter(data -> data.type().equals(type))
                    .flatMap(data -> data.values().stream()).map(basicValue).reduce(Extent.NONE, Extent::or);
            reads = reads.or(selector.takes(true) ? taken : Extent.NONE);
            writes = writes.or(selector.takes(false) ? taken : Extent.NONE);
        }
        for (Advanced selector : advanced) {
            reads = reads.or(data(selector, type, source, arns, true));
            writes = writes.or(data(selector, type, source, arns, false));
        }
        return reads == writes ? reads : Extent.PARTLY;
    }

    private static Extent data(Advanced selector, String type, String source, Range arns, boolean reads) {
        Predicate<String> has = name -> selector.fields().stream().anyMatch(field -> field.name().equals(name));
        if (!has.test("eventCategory") || !has.test("resources.type")) {
            return Extent.NONE;
        }
        Extent extent = Extent.ALL;
        for (Field field : selector.fields()) {
            Range range = range(field.name(), type, source, arns, reads);
            extent = extent.and(range == null ? Extent.PARTLY : field.takes(range));
        }
        return extent;
    }

    private static @Nullable Range range(String field, String type, String source, Range arns, boolean reads) {
        return switch (field) {
            case "eventCategory" -> new Range("Data", false);
            case "resources.type" -> new Range(type, false);
            case "resources.ARN" -> arns;
            case "readOnly" -> new Range(String.valueOf(reads), false);
            case "eventSource" -> new Range(source, false);
            case "eventType" -> new Range("AwsApiCall", false);
            // Of the others, names of events among them, some are left out.
            default -> null;
        };
    }
}
