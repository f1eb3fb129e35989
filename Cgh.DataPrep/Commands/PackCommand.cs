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
    public static Command Create()
    {
        var defaults = new PackOptions();
        var source = new Argument<string>("SOURCE")
        {
            Description = $"{ImageSources.Description} Or a name: {string.Join(", ", NamedSource.All.Select(source => source.Name))}.",
        };
        var output = new Option<string>("--out") { Description = "Name of the new dataset, or path of its folder.", Required = true, HelpName = "DATASET" };
        var side = new Option<int>("--side") { Description = "Height and width of the packed images in pixels.", DefaultValueFactory = _ => defaults.Side };
        var shortSide = new Option<int>("--short-side")
        {
            Description = "Length in pixels to which the shorter side is resized before the centre crop.",
            DefaultValueFactory = _ => defaults.ShortSide,
        };
        var allowSkipped = new Option<bool>("--allow-skipped") { Description = "Continue if more than 1% of the files cannot be read." };
        var shardSize = new Option<long>("--shard-size")
        {
            Description = "Maximum size of a shard's pixels in bytes.",
            DefaultValueFactory = _ => defaults.ShardBytes,
            HelpName = "BYTES",
        };
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("pack", """
            Decodes and crops the images of a source and packs them into a dataset, using all cores.
            Files that cannot be read are skipped and listed in dataset.json. If interrupted, rerun the command to resume.

            Examples:
              Cgh.DataPrep pack /data/imagenet --out imagenet                          (224-pixel crops, for ResNet-18 and VGG-13)
              Cgh.DataPrep pack /data/imagenet --out imagenet-299 --side 299 --short-side 299          (for Inception-V3)
              Cgh.DataPrep pack images --out demo --side 16 --short-side 16            (the images that 'demo' generated)
              Cgh.DataPrep pack fashion-mnist --out fashion --side 28 --short-side 28  (as installed by Debian's dataset-fashion-mnist)
            """)
        {
            source, output, side, shortSide, allowSkipped, shardSize, data,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var images = parse.GetValue(source)!;
            var options = new PackOptions
            {
                SourceName = DemoMarker.Find(images)?.Description ?? images,
                Side = parse.GetValue(side),
                ShortSide = parse.GetValue(shortSide),
                AllowSkipped = parse.GetValue(allowSkipped),
                ShardBytes = parse.GetValue(shardSize),
            };
            var dataFolder = DataFolder.Resolve(parse.GetValue(data));
            var folder = NewDatasetFolder.For(dataFolder, parse.GetValue(output)!);
            return ProgressDisplay.RunAsync(progress =>
            {
                var manifest = DatasetPacker.Pack(NamedSource.Resolve(images, dataFolder), folder, options, progress, cancellationToken);
                var skipped = manifest.Train.Skipped.Count + manifest.Val.Skipped.Count;
                var note = skipped == 0 ? "" : $", {skipped} files skipped (see: Cgh.DataPrep info {parse.GetValue(output)})";
                return $"{folder}: {manifest.Classes.Count} classes, {manifest.Train.Images} train, {manifest.Val.Images} val{note}";
            });
        });
        return command;
    }
}
