using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Most of the time the services wait: for a heartbeat that does not come, for a server that starts, for a run of one thread.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]

namespace Cgh.EndToEnd.Tests;

/// <summary>
/// Two laboratories, side by side, each with servers, services and a data folder of its own; the tests of one run one after the other.
/// The one-process hosts are all in the second, because each takes the first free port from the same one on.
/// </summary>
internal static class Laboratories
{
    public const string Killed = "services that are killed";
    public const string Used = "services that are used";
}

/// <summary>Where servers and services die.</summary>
[CollectionDefinition(Laboratories.Killed)]
public sealed class KilledLaboratory : ICollectionFixture<SharedServices>;

/// <summary>Where they do not.</summary>
[CollectionDefinition(Laboratories.Used)]
public sealed class UsedLaboratory : ICollectionFixture<SharedServices>;
