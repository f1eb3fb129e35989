using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Commands;

/// <summary>The options that say which images of a source are packed.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<int?> _classes = new Option<int?>("--classes") { Description = "Pack the first so many classes only." }.MustBeBetween(2);
    private readonly Option<int?> _perClass = new Option<int?>("--per-class")
    {
        Description = "Pack the first so many images of each class only, in train and in val.",
    }.MustBeBetween(1);

    private readonly Option<double?> _holdout = new("--holdout")
    {
        Description = $"Share of each class that becomes val, if the source has no validation images. Default: {ImageSelection.DefaultHoldout}.",
        CustomParser = result => Core.CommandLine.ParseNumber(result),
        HelpName = "SHARE",
    };

    private readonly Option<uint> _seed = new("--seed") { Description = "Random seed of --holdout. Default: 0." };
    private readonly Option<EmptyClasses> _emptyClasses = new("--empty-classes")
    {
        Description = "What happens to classes without images: refuse the source, keep their labels, or drop the classes.",
        CustomParser = result => Enum.TryParse<EmptyClasses>(result.Tokens[0].Value, ignoreCase: true, out var choice) && Enum.IsDefined(choice)
            ? choice
            : Refuse(result),
        HelpName = "refuse|keep|drop",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_classes);
        command.Options.Add(_perClass);
        command.Options.Add(_holdout);
        command.Options.Add(_seed);
        command.Options.Add(_emptyClasses);
    }

    public ImageSelection Read(ParseResult parse) => new()
    {
        Classes = parse.GetValue(_classes),
        PerClass = parse.GetValue(_perClass),
        Holdout = parse.GetValue(_holdout),
        Seed = parse.GetValue(_seed),
        EmptyClasses = parse.GetValue(_emptyClasses),
    };

    private static EmptyClasses Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--empty-classes must be refuse, keep or drop (it is '{result.Tokens[0].Value}').");
        return default;
    }
}
