using System.CommandLine;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Commands;

/// <summary><c>labels import</c>: a label set from a file.</summary>
internal static class LabelsCommand
{
    public static Command Create() => new("labels", "Label sets that are not drawn.") { CreateImport() };

    /// <summary>Makes the label set and says what it holds.</summary>
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
        var file = new Argument<string>("FILE") { Description = "A label for each training image: .npy of int64, or text with a label a line." };
        var name = new Option<string>("--name") { Description = "Name of the label set.", Required = true };
        var seed = new Option<uint>("--seed") { Description = "Draws the train sample; the same seed gives that of any other label set.", HelpName = "S" };
        var data = SharedOptions.Data();
        var command = new Command("import", """
            Writes a label set from a file: one label for each line of the dataset's train/files.txt, in that order. Where the
            first line is the name of a class, all lines are names; else all are numbers of classes, from 0. Examples
            whose label differs from the original are the corrupt ones.

            Examples:
              labels import demo relabelled.txt --name relabelled
              labels import demo predictions.npy --name pseudo-labels --seed 1
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
