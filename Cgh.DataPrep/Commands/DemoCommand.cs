using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.DataPrep.Demo;

namespace Cgh.DataPrep.Commands;

/// <summary><c>demo</c>: generates demo images.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var defaults = new DemoImages();
        var output = new Option<string>("--out")
        {
            Description = "Folder for the images. It must be new or empty, or contain the same images.",
            Required = true,
            HelpName = "DIR",
        }.MustNotBeEmpty();
        var classes = new Option<int>("--classes") { Description = "Number of classes.", DefaultValueFactory = _ => defaults.Classes };
        var train = new Option<int>("--train") { Description = "Number of training images.", DefaultValueFactory = _ => defaults.Train };
        var test = new Option<int>("--test") { Description = "Number of validation images.", DefaultValueFactory = _ => defaults.Test };
        var side = new Option<int>("--side") { Description = "Height and width of the images in pixels.", DefaultValueFactory = _ => defaults.Side };
        var seed = new Option<uint>("--seed") { Description = "Random seed; the same seed gives the same bytes.", DefaultValueFactory = _ => defaults.Seed };
        var noise = new Option<double?>("--noise")
        {
            Description = "Standard deviation of the pixel noise of the hardest image (0.1 to 10; default: 0.26). The easiest has 0.1.",
            HelpName = "SD",
            CustomParser = result => Cgh.Core.CommandLine.ParseNumber(result),
        };
        var command = new Command("demo", """
            Generates demo images as JPEGs in ImageNet's layout: train/CLASS/*.JPEG and val/CLASS/*.JPEG.
            Each class is a pattern of low-frequency colour waves. Each image shows its pattern shifted, with random
            brightness, tint and noise; some images are mirrored or partly occluded.

            Example:
              Cgh.DataPrep demo --out images --classes 100 --train 4000 --test 2000 --side 16 --seed 0
            """)
        {
            output, classes, train, test, side, seed, noise,
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
                Noise = parse.GetValue(noise),
            };
            if (images.Failure() is { } failure)
            {
                // The failure starts with the option's name.
                throw UserErrorException.Usage($"--{failure}");
            }

            var folder = parse.GetValue(output)!;
            return ProgressDisplay.RunAsync(progress =>
            {
                DemoImageWriter.Write(folder, images, progress, cancellationToken);
                return $"{folder}: {images}. To pack them: Cgh.DataPrep pack {folder} --out NAME --side {images.Side} --short-side {images.Side}";
            });
        });
        return command;
    }
}
