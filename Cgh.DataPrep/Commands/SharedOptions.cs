using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Commands;

/// <summary>Options and arguments that several commands share.</summary>
internal static class SharedOptions
{
    public static Argument<string> Dataset() =>
        new Argument<string>("DATASET") { Description = "Name of a dataset in the data folder, or path of its folder." }.MustNotBeEmpty();

    /// <summary>Returns the dataset's folder.</summary>
    public static string Folder(ParseResult parse, Argument<string> dataset, Option<string?> data) =>
        DataFolder.Resolve(parse.GetValue(data)).Dataset(parse.GetValue(dataset)!);
}
