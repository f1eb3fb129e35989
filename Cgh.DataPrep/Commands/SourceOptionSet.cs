using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Commands;

/// <summary>The options that say about a source what its content does not say.</summary>
internal sealed class SourceOptionSet
{
    private readonly Option<string> _valLabels = new Option<string>("--val-labels")
    {
        Description = "CSV of names and labels for a flat folder of validation images.",
        HelpName = "FILE",
    }.MustNotBeEmpty();

    private readonly Option<bool> _coarse = new("--coarse") { Description = "Use the 20 coarse labels of CIFAR-100." };
    private readonly Option<string> _imageColumn = Column("--image-column", "Image column of a table, if it is not found.");
    private readonly Option<string> _labelColumn = Column("--label-column", "Label column of a table, if it is not found.");

    private readonly Option<string> _classNames = new Option<string>("--class-names")
    {
        Description = "File of readable class names: lines of id and name, or a JSON object of them.",
        HelpName = "FILE",
    }.MustNotBeEmpty();

    public void AddTo(Command command)
    {
        command.Options.Add(_valLabels);
        command.Options.Add(_coarse);
        command.Options.Add(_imageColumn);
        command.Options.Add(_labelColumn);
        command.Options.Add(_classNames);
    }

    public SourceOptions Read(ParseResult parse) => new()
    {
        ValLabels = parse.GetValue(_valLabels),
        Coarse = parse.GetValue(_coarse),
        ImageColumn = parse.GetValue(_imageColumn),
        LabelColumn = parse.GetValue(_labelColumn),
        ClassNames = parse.GetValue(_classNames),
    };

    private static Option<string> Column(string name, string description) =>
        new Option<string>(name) { Description = description, HelpName = "NAME" }.MustNotBeEmpty();
}
