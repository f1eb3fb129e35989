using System.CommandLine;
using Cgh.Benchmarks.Commands;

var root = new RootCommand("Measures how fast the laboratory is, against PyTorch and Pillow where they are installed. Build it with -c Release; docs/performance.md has figures.")
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
