using System.CommandLine;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Demo;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Commands;

/// <summary><c>pack</c>: packs a source of images into a dataset.</summary>
internal static class PackCommand
{
    private const string Description = """
        Decodes and crops the images of a source and packs them into a dataset, using all cores.
        Before it starts, it says what it recognized, where the labels come from, and what packing will take.
        Files that cannot be read are skipped and listed in dataset.json. If interrupted, rerun the command to resume.

        Examples:
          Cgh.DataPrep pack /data/imagenet --dry-run                               (only say what it is)
          Cgh.DataPrep pack /data/imagenet --out imagenet                          (224-pixel crops, for ResNet-18 and VGG-13)
          Cgh.DataPrep pack /data/imagenet --out imagenet-299 --side 299 --short-side 299          (for Inception-V3)
          Cgh.DataPrep pack /data/imagenet --out trial --classes 100 --per-class 50                (a small part, for trials)
          Cgh.DataPrep pack /data/imagenet --out imagenet-jpeg --keep-jpeg         (less disk; the trainer decodes)
          Cgh.DataPrep pack /data/photos --out photos --holdout 0.2 --seed 1       (class folders without val)
          Cgh.DataPrep pack images --out demo --side 16 --short-side 16            (the images that 'demo' generated)
          Cgh.DataPrep pack fashion-mnist --out fashion --side 28 --short-side 28  (as installed by Debian's dataset-fashion-mnist)
        """;

    public static Command Create()
    {
        var defaults = new PackOptions();
        var source = new Argument<string>("SOURCE")
        {
            Description = $"{ImageSources.Description} Or a name: {string.Join(", ", NamedSource.All.Select(source => source.Name))}.",
        };
        var output = new Option<string>("--out")
        {
            Description = "Name of the new dataset, or path of its folder. (REQUIRED without --dry-run)",
            HelpName = "DATASET",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be packed and what that takes." };
        var side = new Option<int>("--side") { Description = "Height and width of the packed images in pixels.", DefaultValueFactory = _ => defaults.Side };
        var shortSide = new Option<int>("--short-side")
        {
            Description = "Length in pixels to which the shorter side is resized before the centre crop.",
            DefaultValueFactory = _ => defaults.ShortSide,
        };
        var noEnlarge = new Option<bool>("--no-enlarge")
        {
            Description = "If the images are smaller than --side and --short-side, use their shorter side instead (the median of a sample).",
        };
        var selection = new SelectionOptions();
        var sourceOptions = new SourceOptionSet();
        var orient = new Option<bool>("--orient") { Description = "Rotate and mirror images as their EXIF orientation says." };
        var keepJpeg = new Option<bool>("--keep-jpeg")
        {
            Description = "Keep the files instead of their pixels. They take less space, and training decodes them.",
        };
        var largeImages = new Option<bool>("--large-images")
        {
            Description = "Accept images of 89 to 178 megapixels. A file of a few KB can claim that size, and then takes seconds to decode.",
        };
        var allowSkipped = new Option<bool>("--allow-skipped") { Description = "Continue if more than 1% of the files cannot be read." };
        var shardSize = new Option<long>("--shard-size")
        {
            Description = "Maximum size of a shard's pixels in bytes.",
            DefaultValueFactory = _ => defaults.ShardBytes,
            HelpName = "BYTES",
        };
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("pack", Description) { source, output, dryRun, side, shortSide, noEnlarge };
        selection.AddTo(command);
        sourceOptions.AddTo(command);
        command.Options.Add(orient);
        command.Options.Add(keepJpeg);
        command.Options.Add(largeImages);
        command.Options.Add(allowSkipped);
        command.Options.Add(shardSize);
        command.Options.Add(data);
        command.Validators.Add(result =>
        {
            if (result.GetResult(output) is null && !result.GetValue(dryRun))
            {
                result.AddError("Option '--out' is required.");
            }
        });
        command.SetAction(async (parse, cancellationToken) =>
        {
            var images = parse.GetValue(source)!;
            var options = new PackOptions
            {
                SourceName = DemoMarker.Find(images)?.Description ?? images,
                Side = parse.GetValue(side),
                ShortSide = parse.GetValue(shortSide),
                NoEnlarge = parse.GetValue(noEnlarge),
                Source = sourceOptions.Read(parse),
                Selection = selection.Read(parse),
                Orient = parse.GetValue(orient),
                KeepJpeg = parse.GetValue(keepJpeg),
                LargeImages = parse.GetValue(largeImages),
                AllowSkipped = parse.GetValue(allowSkipped),
                ShardBytes = parse.GetValue(shardSize),
            };
            var dataFolder = DataFolder.Resolve(parse.GetValue(data));
            var folder = NewDatasetFolder.For(dataFolder, parse.GetValue(output) ?? "dataset");
            try
            {
                return await ProgressDisplay.RunAsync(Run);
            }
            catch (OperationCanceledException) when (!parse.GetValue(dryRun))
            {
                Console.Error.WriteLine("Interrupted. Rerun the command to resume: finished shards are kept.");
                throw;
            }

            string? Run(IProgress<StageProgress> progress)
            {
                var path = NamedSource.Resolve(images, dataFolder);
                if (parse.GetValue(dryRun))
                {
                    DatasetPacker.Describe(path, folder, options, progress, cancellationToken);
                    return null;
                }

                var manifest = DatasetPacker.Pack(path, folder, options, progress, cancellationToken);
                var skipped = manifest.Train.Skipped.Count + manifest.Val.Skipped.Count;
                foreach (var finding in DatasetFindings.Lines(manifest).Except(manifest.Warnings))
                {
                    progress.Report(StageProgress.Of(finding));
                }

                var note = skipped == 0 ? "" : $", {skipped} {(skipped == 1 ? "file" : "files")} skipped (see: Cgh.DataPrep info {parse.GetValue(output)})";
                return $"{folder}: {manifest.Classes.Count} classes, {manifest.Train.Images} train, {manifest.Val.Images} val{note}";
            }
        });
        return command;
    }
}
