using System.CommandLine;

namespace Cgh.DataPrep.Commands;

/// <summary>The command line of <c>Cgh.DataPrep</c>.</summary>
internal static class DataPrepRoot
{
    public static RootCommand Create() => new("Creates datasets: generates demo images, packs images, adds label noise, chooses subsets, verifies and repairs.")
    {
        DemoCommand.Create(),
        PackCommand.Create(),
        NoiseCommand.Create(),
        LabelsCommand.Create(),
        SubsetCommand.Create(),
        InfoCommand.Create(),
        VerifyCommand.Create(),
        RepairCommand.Create(),
        ServeDataPrepCommand.Create(),
    };
}
