using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Commands;

/// <summary><c>noise</c>: creates a noisy label set.</summary>
internal static class NoiseCommand
{
    private static readonly LabelNoiseKind[] s_generatedKinds =
        [LabelNoiseKind.Uniform, LabelNoiseKind.Permute, LabelNoiseKind.PairFlip, LabelNoiseKind.Transition, LabelNoiseKind.Plant];

    public static Command Create()
    {
        var dataset = SharedOptions.Dataset();
        var kind = new Option<string>("--kind")
        {
            Description = "How the selected labels change: " + string.Join(", ", s_generatedKinds.Select(LabelSet.KindName)) + ".",
            DefaultValueFactory = _ => LabelSet.KindName(LabelNoiseKind.Uniform),
        };
        var fraction = new Option<double?>("--fraction")
        {
            Description = "Share of the training labels to select, 0 to 1. Required, except for transition, where it defaults to 1.",
            HelpName = "F",
            CustomParser = result => Cgh.Core.CommandLine.ParseNumber(result),
        };
        var seed = new Option<uint>("--seed")
        {
            Description = "Random seed (NumPy's RandomState); the same seed gives the same labels.",
            Required = true,
            HelpName = "S",
        };
        var matrix = new Option<string?>("--matrix")
        {
            Description = "For transition: a .csv or .npy file. Row c, column d is the probability that class c becomes class d; each row sums to 1.",
            HelpName = "FILE",
        };
        var from = new Option<string?>("--from")
        {
            Description = "For plant: the label set to plant errors in. Default: original.",
            HelpName = "LABELS",
        };
        var name = new Option<string?>("--name")
        {
            Description = "Name of the label set. Default: built from kind, fraction and seed, such as noise-0.5-seed-0 or permute-0.5-seed-0.",
        };
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("noise", """
            Creates a label set in which a share of the training labels is changed. The original labels stay available as
            'original', and the validation labels are never changed.

              uniform      redraw from all classes, as in the paper; the new label can equal the old one
              permute      permute among the selected examples, so that every class keeps its count
              pair-flip    class c becomes c + 1; the last class becomes the first
              transition   draw with the probabilities in the old class's row of --matrix
              plant        replace by another class in the label set --from: known errors, which tell how unknown ones are found

            The same seed and fraction select the same examples for every kind but plant.

            Examples:
              Cgh.DataPrep noise demo --fraction 0.5 --seed 0
              Cgh.DataPrep noise demo --kind permute --fraction 0.5 --seed 0
              Cgh.DataPrep noise demo --kind transition --matrix confusion.csv --seed 0 --name look-alikes
              Cgh.DataPrep noise demo --kind plant --from look-alikes --fraction 0.03 --seed 0
            """)
        {
            dataset, kind, fraction, seed, matrix, from, name, data,
        };
        command.SetAction(parse =>
        {
            var request = new LabelSetRequest
            {
                Name = parse.GetValue(name) ?? "",
                Kind = ParseKind(parse.GetValue(kind)!),
                Fraction = parse.GetValue(fraction),
                Seed = parse.GetValue(seed),
                Matrix = parse.GetValue(matrix),
                From = parse.GetValue(from),
            };
            if (request is { Fraction: null, Kind: not LabelNoiseKind.Transition })
            {
                throw UserErrorException.Usage("Option '--fraction' is required. Try --help.");
            }

            if (request.Fraction is { } share and not (>= 0 and <= 1))
            {
                throw UserErrorException.Usage(FormattableString.Invariant($"{fraction.Name} must be between 0 and 1 (it is {share})."));
            }

            return LabelsCommand.Write(SharedOptions.Folder(parse, dataset, data), request);
        });
        return command;
    }

    private static LabelNoiseKind ParseKind(string given)
    {
        var known = s_generatedKinds.ToDictionary(LabelSet.KindName, StringComparer.OrdinalIgnoreCase);
        return known.TryGetValue(given, out var kind)
            ? kind
            : throw UserErrorException.Usage($"--kind: unknown kind '{given}'.{NearestName.Suggest(given, known.Keys)}");
    }
}
