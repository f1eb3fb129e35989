using System.CommandLine;
using Cgh.Core;

namespace Cgh.Reliability;

/// <summary><c>packs</c>: kills packing and fills its disk at random moments, and checks that the resumed dataset is that of an uninterrupted pack.</summary>
internal static class PacksCommand
{
    private const string Help = """
        Packs generated images again and again, kills it (SIGKILL) at random moments or fills its disk at random places, resumes it
        and compares all files with those of an uninterrupted pack. The disk is a tmpfs, so the command needs root and Linux;
        --full 0 leaves it out.
        """;

    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "Number of kills.", DefaultValueFactory = _ => 20 }.MustBeBetween(0);
        var full = new Option<int>("--full") { Description = "Number of times that the disk is full.", DefaultValueFactory = _ => 10 }.MustBeBetween(0);
        var images = new Option<int>("--images") { Description = "Number of training images.", DefaultValueFactory = _ => 4000 }.MustBeBetween(100);
        var keepJpeg = new Option<bool>("--keep-jpeg") { Description = "Pack the files instead of pixels." };
        var seed = new Option<int>("--seed") { Description = "Seed of moments and places.", DefaultValueFactory = _ => 0 };
        var json = MeasurementReport.JsonOption();
        var command = new Command("packs", Help) { kills, full, images, keepJpeg, seed, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var test = new PackTest(new Random(parse.GetValue(seed)), parse.GetValue(keepJpeg));
            await test.PrepareAsync(parse.GetValue(images), cancellationToken);
            await test.KillAsync(parse.GetValue(kills), cancellationToken);
            await test.FillAsync(parse.GetValue(full), cancellationToken);
            return test.Report().Write(parse.GetValue(json));
        });
        return command;
    }
}
