using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// The services mostly wait: for a missing heartbeat, a starting server, or a run with one thread.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]

namespace Cgh.EndToEnd.Tests;

/// <summary>
/// Three laboratories that run in parallel, each with its own servers, services and data folder; the tests of each run in sequence.
/// Tests of the single-process host are all in the second, because each host takes the next free port from the same start.
/// </summary>
internal static class Laboratories
{
    public const string Killed = "services that are killed";
    public const string Used = "services that are used";
    public const string Hung = "services that hang";
}

/// <summary>Tests that kill servers and services.</summary>
[CollectionDefinition(Laboratories.Killed)]
public sealed class KilledLaboratory : ICollectionFixture<SharedServices>;

/// <summary>Tests that do not.</summary>
[CollectionDefinition(Laboratories.Used)]
public sealed class UsedLaboratory : ICollectionFixture<SharedServices>;

/// <summary>Tests that suspend services and wait for what notices it.</summary>
[CollectionDefinition(Laboratories.Hung)]
public sealed class HungLaboratory : ICollectionFixture<HungServices>;

/// <summary>Services whose broker lets a consumer hold a message for one minute.</summary>
public sealed class HungServices : SharedServices
{
    protected override TimeSpan? ConsumerTimeout => TimeSpan.FromMinutes(1);
}
