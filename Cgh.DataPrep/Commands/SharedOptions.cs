using System.CommandLine;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Commands;

/// <summary>What several commands take.</summary>
internal static class SharedOptions
{
    public static Option<string?> Data() => new("--data")
    {
        Description = $"The folder that datasets lie under, in datasets/NAME. Default: the environment's {DataFolder.Variable}, else 'data' in the working directory.",
        HelpName = "DIR",
    };

    public static Argument<string> Dataset() => new("DATASET") { Description = "Name of a dataset in the data folder, or the path of its folder." };

    /// <summary>The dataset's folder.</summary>
    public static string Folder(ParseResult parse, Argument<string> dataset, Option<string?> data) =>
        DataFolder.Resolve(parse.GetValue(data)).Dataset(parse.GetValue(dataset)!);
}
