using Xunit.Sdk;
using Xunit.v3;

// Torch's generator, thread count and number of live tensors belong to the process: the tests that use Torch here are one
// collection, in which they run one after the other. The others start processes and wait for them, beside it.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 2)]

namespace Cgh.Trainer.Tests.Support;

/// <summary>Tests whose Torch is in processes that they start. None of them may use Torch in this process.</summary>
[CollectionDefinition(Name)]
public sealed class TorchInOtherProcesses
{
    public const string Name = "Torch in other processes";
}

/// <summary>Tests that measure this process as a whole, with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresThisProcess
{
    public const string Name = "measures this process";
}
