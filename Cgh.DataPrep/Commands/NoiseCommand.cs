using System.CommandLine;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Commands;

/// <summary><c>noise</c>: draws a label set.</summary>
internal static class NoiseCommand
{
    public static Command Create()
    {
        var dataset = SharedOptions.Dataset();
        var fraction = new Option<double>("--fraction") { Description = "Share of the training labels to draw anew, 0 to 1. A new label can be the old one.", Required = true, HelpName = "F", CustomParser = Cgh.ServiceDefaults.CommandLine.ParseNumber };
        var seed = new Option<uint>("--seed") { Description = "Seed of NumPy's RandomState; the same seed gives the same labels.", Required = true, HelpName = "S" };
        var name = new Option<string?>("--name") { Description = $"Name of the label set. Default: made of both, such as {LabelSet.DefaultName(0.5, 0)}." };
        var data = SharedOptions.Data();
        var command = new Command("noise", """
            Writes a label set in which a share of the training labels is random, drawn as the paper's authors draw it. The
            labels that came with the images stay available as 'original', and the validation labels are never changed.

            Example:
              noise demo --fraction 0.5 --seed 0
            """)
        {
            dataset, fraction, seed, name, data,
        };
        command.SetAction(parse =>
        {
            using var opened = Dataset.Open(SharedOptions.Folder(parse, dataset, data));
            var set = LabelSet.Create(opened, parse.GetValue(fraction), parse.GetValue(seed), parse.GetValue(name)).Info;
            Console.WriteLine($"{opened.Folder}: label set '{set.Name}', {set.Corrupt} labels corrupt, {set.Pristine} pristine");
            return 0;
        });
        return command;
    }
}
