using System.CommandLine;
using Cgh.Benchmarks.Commands;

var root = new RootCommand(
    "Benchmarks the laboratory, also against PyTorch and Pillow if installed. Build with -c Release; docs/results/performance.md has results.")
{
    CompareCommand.Create(),
    DecodeCommand.Create(),
    GpuCommand.Create(),
    MemoryCommand.Create(),
    AllocatorsCommand.Create(),
    CurvesCommand.Create(),
    KernelsCommand.Create(),
    LaboratoryCommand.Create(),
    LabelsCommand.Create(),
    PackingCommand.Create(),
    TrackingCommand.Create(),
    CoherenceCommand.Create(),
    WorkerCommand.Create(),
};
return await Cgh.Core.CommandLine.RunAsync(root, args);
