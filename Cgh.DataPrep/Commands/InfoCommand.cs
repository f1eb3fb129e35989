using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Spectre.Console;

namespace Cgh.DataPrep.Commands;

/// <summary><c>info</c>: shows the contents of a dataset.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var dataset = SharedOptions.Dataset();
        var json = new Option<bool>("--json") { Description = "Print the manifest, the folder and the label sets as JSON." };
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("info", """
            Shows the contents of a dataset: classes, sizes, shards, skipped files and label sets. Of a subset it says which
            images of which dataset it consists of.

            Example:
              Cgh.DataPrep info demo
            """)
        {
            dataset, json, data,
        };
        command.SetAction(parse =>
        {
            var info = DatasetInfo.Read(SharedOptions.Folder(parse, dataset, data));
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(info, CghJson.File));
            }
            else
            {
                Show(info);
            }

            return 0;
        });
        return command;
    }

    private static void Show(DatasetInfo info)
    {
        var manifest = info.Manifest;
        var facts = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn("");
        facts.AddRow("Dataset", Markup.Escape(manifest.Name));
        facts.AddRow("Folder", Markup.Escape(info.Folder));
        if (info.Subset is { } subset)
        {
            facts.AddRow("Subset of", Markup.Escape(info.ParentFolder!));
            facts.AddRow("Training", $"{Number(subset.Train)} of its {Number(info.ParentImages!.Value)} training images");
            var test = Number(subset.Test);
            facts.AddRow("Test", subset.HasTest ? $"{test} others of its training images" : $"its {test} validation images");
            facts.AddRow("Chosen by", Markup.Escape(subset.Origin));
        }

        facts.AddRow("Source", Markup.Escape(manifest.SourceKind is { } kind ? $"{manifest.Source}: {kind}" : manifest.Source ?? "unknown"));
        if (manifest.LabelsFrom is { } labelsFrom)
        {
            facts.AddRow("Labels", Markup.Escape(labelsFrom));
        }

        if (manifest.Selection is { } selection)
        {
            facts.AddRow("Selection", selection.Describe());
        }

        facts.AddRow(
            info.Subset is null ? "Packed" : "Created",
            string.Create(CultureInfo.InvariantCulture, $"{manifest.Created.UtcDateTime:yyyy-MM-dd HH:mm} UTC"));
        facts.AddRow("Classes", $"{manifest.Classes.Count}: {Markup.Escape(Shortened(ClassText.All(manifest)))}");
        facts.AddRow("Images", manifest.Encoding == PackEncoding.Encoded
            ? $"encoded files; training decodes them to {manifest.Side} x {manifest.Side} pixels from a short side of {manifest.ShortSide}"
            : $"{manifest.Side} x {manifest.Side} pixels: centre crop after resizing the shorter side to {manifest.ShortSide}");
        AnsiConsole.Write(facts);

        if (info.Subset is null)
        {
            ShowSplits(info);
        }

        ShowLabelSets(info);
    }

    private static void ShowSplits(DatasetInfo info)
    {
        var manifest = info.Manifest;
        var splits = new Table().AddColumn("Split").AddColumn("Images").AddColumn("Shards").AddColumn("Bytes").AddColumn("Skipped files");
        foreach (var split in Enum.GetValues<Split>())
        {
            var contents = manifest[split];
            splits.AddRow(
                split == Split.Train ? "train" : "val",
                Number(contents.Images),
                Number(contents.Shards.Count),
                Number(info.Bytes(split)),
                Number(contents.Skipped.Count));
        }

        AnsiConsole.Write(splits);
        ShowSkipped([.. manifest.Train.Skipped, .. manifest.Val.Skipped]);
        ShowPassedOver(manifest.PassedOver);
        foreach (var finding in DatasetFindings.Lines(manifest))
        {
            AnsiConsole.WriteLine(finding);
        }
    }

    private static void ShowLabelSets(DatasetInfo info)
    {
        var sets = new Table().AddColumn("Label set").AddColumn("Kind").AddColumn("Fraction").AddColumn("Seed").AddColumn("Corrupt").AddColumn("Pristine");
        foreach (var set in info.LabelSets)
        {
            var changed = set.Name != LabelSet.Original;
            var generated = changed && set.Kind != LabelNoiseKind.Import;
            sets.AddRow(
                Markup.Escape(set.Name),
                changed ? LabelSet.KindName(set.Kind) + (set.From is { } from ? Markup.Escape($", from {from}") : "") : "",
                generated ? set.Fraction.ToString(CultureInfo.InvariantCulture) : "",
                changed ? set.Seed.ToString(CultureInfo.InvariantCulture) : "",
                Number(set.Corrupt),
                Number(set.Pristine));
        }

        AnsiConsole.Write(sets);
    }

    private static void ShowSkipped(IReadOnlyList<SkippedFile> skipped)
    {
        if (skipped.Count == 0)
        {
            return;
        }

        var reasons = new Table().AddColumn("Reason for skipping").AddColumn("Files").AddColumn("First file (all are in dataset.json)");
        foreach (var reason in skipped.GroupBy(file => file.Reason).OrderByDescending(group => group.Count()))
        {
            reasons.AddRow(Markup.Escape(reason.Key), Number(reason.Count()), Markup.Escape(reason.First().File));
        }

        AnsiConsole.Write(reasons);
    }

    private static void ShowPassedOver(IReadOnlyList<PassedOverFiles> passedOver)
    {
        if (passedOver.Count == 0)
        {
            return;
        }

        var reasons = new Table().AddColumn("Reason for passing over").AddColumn("Files").AddColumn("First file");
        foreach (var (reason, files, examples) in passedOver)
        {
            reasons.AddRow(Markup.Escape(reason), Number(files), Markup.Escape(examples.FirstOrDefault() ?? ""));
        }

        AnsiConsole.Write(reasons);
    }

    private static string Shortened(IReadOnlyList<string> names) =>
        names.Count <= 4 ? string.Join(", ", names) : $"{names[0]}, {names[1]}, ... {names[^1]}";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
