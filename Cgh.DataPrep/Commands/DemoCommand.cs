using System.CommandLine;
using Cgh.Core.Experiments;
using Cgh.DataPrep.Demo;

namespace Cgh.DataPrep.Commands;

/// <summary><c>demo</c>: writes demonstration images.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var defaults = new DemoImages();
        var output = new Option<string>("--out") { Description = "Folder to write; new, empty, or holding the same images.", Required = true, HelpName = "DIR" };
        var classes = new Option<int>("--classes") { Description = "Number of classes.", DefaultValueFactory = _ => defaults.Classes };
        var train = new Option<int>("--train") { Description = "Training images in all.", DefaultValueFactory = _ => defaults.Train };
        var test = new Option<int>("--test") { Description = "Validation images in all.", DefaultValueFactory = _ => defaults.Test };
        var side = new Option<int>("--side") { Description = "Height and width in pixels.", DefaultValueFactory = _ => defaults.Side };
        var seed = new Option<uint>("--seed") { Description = "The same seed gives the same bytes.", DefaultValueFactory = _ => defaults.Seed };
        var command = new Command("demo", """
            Writes demonstration images as JPEGs in ImageNet's layout: train/CLASS/*.JPEG and val/CLASS/*.JPEG.
            Each class is a pattern of low-frequency colour waves; each image is a shifted, sometimes mirrored, brightened,
            tinted and noisy view of it, and some are partly covered.

            Example:
              demo --out images --classes 100 --train 4000 --test 2000 --side 16 --seed 0
            """)
        {
            output, classes, train, test, side, seed,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var images = new DemoImages
            {
                Classes = parse.GetValue(classes),
                Train = parse.GetValue(train),
                Test = parse.GetValue(test),
                Side = parse.GetValue(side),
                Seed = parse.GetValue(seed),
            };
            var folder = parse.GetValue(output)!;
            return ProgressDisplay.RunAsync(progress =>
            {
                DemoImageWriter.Write(folder, images, progress, cancellationToken);
                return $"{folder}: {images}. Pack them with: pack {folder} --out NAME --side {images.Side} --short-side {images.Side}";
            });
        });
        return command;
    }
}
