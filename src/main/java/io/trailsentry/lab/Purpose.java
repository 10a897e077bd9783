package io.trailsentry.lab;

/// What random numbers are drawn for. Each purpose has numbers of its own, so that changing one thing leaves the others as
/// they are.
enum Purpose {
    /// Who an agent is.
    AGENT,
    /// When it takes up Regions.
    REGIONS,
    /// When it takes up services.
    SERVICES,
    /// Whether somebody is there in a week.
    LEAVE,
    /// Whether somebody is there on a day.
    PRESENCE,
    /// The sessions of a day.
    SESSIONS,
    /// The job of a night.
    JOB,
    /// The watch of a day.
    WATCH,
    /// What infrastructure is put up on a day.
    STACK,
    /// When it is taken down.
    UNDEPLOY,
    /// Ids of events.
    EVENT,
    /// Ids of requests.
    REQUEST,
    /// Ids of access keys.
    KEY,
    /// Ids and names of resources.
    RESOURCE,
    /// An attack.
    ATTACK,
    /// When a record is delivered.
    DELIVERY,
    /// Names of log files.
    FILE;

    /// A number of its own, which stays when others come and go.
    long key() {
        return name().hashCode();
    }
}
