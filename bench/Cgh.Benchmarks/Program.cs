using System.CommandLine;
using Cgh.Benchmarks.Commands;

var root = new RootCommand("Measures performance against PyTorch and Pillow, where installed. Build with -c Release. Figures: docs/results/performance.md.")
{
    CompareCommand.Create(),
    GpuCommand.Create(),
    MemoryCommand.Create(),
    AllocatorsCommand.Create(),
    CurvesCommand.Create(),
    KernelsCommand.Create(),
    WorkerCommand.Create(),
};
return await Cgh.Core.CommandLine.RunAsync(root, args);
