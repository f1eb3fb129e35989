using Xunit.Sdk;
using Xunit.v3;

// Torch's generator, thread count and tensor counter are process-wide, so tests that use Torch in this process are one collection and run
// sequentially. Tests that start processes and wait for them run in parallel to it.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 2)]

namespace Cgh.Trainer.Tests.Support;

/// <summary>Tests that use Torch only in processes that they start.</summary>
[CollectionDefinition(Name)]
public sealed class TorchInOtherProcesses
{
    public const string Name = "Torch in other processes";
}

/// <summary>Tests that measure this process and therefore run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresThisProcess
{
    public const string Name = "measures this process";
}
