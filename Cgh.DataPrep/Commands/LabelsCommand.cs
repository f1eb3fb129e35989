using System.CommandLine;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Commands;

/// <summary><c>labels</c>: creates label sets from files and from reviews.</summary>
internal static class LabelsCommand
{
    public static Command Create() => new("labels", "Manages label sets.")
    {
        CreateImport(),
        CorrectCommand.CreateCorrect(),
        CorrectCommand.CreateDecisions(),
    };

    /// <summary>Creates the label set and prints a summary.</summary>
    public static int Write(string folder, LabelSetRequest request)
    {
        using var opened = Dataset.Open(folder);
        var set = LabelSet.Create(opened, request).Info;
        Console.WriteLine($"{opened.Folder}: label set '{set.Name}', {set.Corrupt} labels corrupt, {set.Pristine} pristine");
        return 0;
    }

    private static Command CreateImport()
    {
        var dataset = SharedOptions.Dataset();
        var file = new Argument<string>("FILE")
        {
            Description = "One label per training image: .npy, text with one label per line, or a table of files and labels.",
        };
        var name = new Option<string>("--name") { Description = "Name of the label set.", Required = true };
        var seed = new Option<uint>("--seed") { Description = "Random seed of the train sample; label sets with the same seed share it.", HelpName = "S" };
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("import", """
            Creates a label set from a file with one label for each line of the dataset's train/files.txt, in that order; for
            a subset, one for each of its indices. The order of a table does not matter: its columns 'file' and 'label' are
            used, and a file is found by its name in train/files.txt or by the end of it.
            If the first label is a class name, every one must be; otherwise every one is a class index, from 0.
            Examples whose label differs from the original count as corrupt.

            Examples:
              Cgh.DataPrep labels import demo relabelled.txt --name relabelled
              Cgh.DataPrep labels import demo predictions.npy --name pseudo-labels --seed 1
              Cgh.DataPrep labels import demo corrected.csv --name corrected
            """)
        {
            dataset, file, name, seed, data,
        };
        command.SetAction(parse => Write(SharedOptions.Folder(parse, dataset, data), new LabelSetRequest
        {
            Name = parse.GetValue(name)!,
            Kind = LabelNoiseKind.Import,
            File = parse.GetValue(file),
            Seed = parse.GetValue(seed),
        }));
        return command;
    }
}
