using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Core;
using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>decode</c>: decodes images on one and on several threads.</summary>
internal static class DecodeCommand
{
    private const double Megabyte = 1 << 20;
    private const int ShortSide = 256;
    private const int Side = 224;

    public static Command Create()
    {
        var images = new Option<string?>("--images") { Description = "Folder of images. Default: 100 photos of 500 x 375 pixels, made up." };
        var threads = new Option<int>("--threads")
        {
            DefaultValueFactory = _ => Environment.ProcessorCount,
            Description = "Number of threads to compare with one.",
        };
        var repeats = new Option<int>("--repeats")
        {
            DefaultValueFactory = _ => 9,
            Description = "Number of times to decode all images, on one and on all threads in turn.",
        };
        var command = new Command("decode", $"Decodes images to crops of {Side} x {Side} on one and on several threads. Prints throughput and peak memory.")
        {
            images, threads, repeats,
        };
        command.SetAction(parse => Run(parse.GetValue(images), parse.GetValue(threads), parse.GetValue(repeats)));
        return command;
    }

    private static void Run(string? folder, int threads, int repeats)
    {
        using var inputs = new Inputs();
        string[] files = [.. Directory.GetFiles(folder ?? inputs.Photos).Order(StringComparer.Ordinal)];
        if (files.Length == 0 || threads < 1 || repeats < 1)
        {
            throw UserErrorException.Usage("decode requires a folder with images, at least one thread and one repeat.");
        }

        Decode(files, threads);
        var samples = new (double One, double All)[repeats];
        for (var i = 0; i < repeats; i++)
        {
            samples[i] = (Timing.Seconds(() => Decode(files, 1)), Timing.Seconds(() => Decode(files, threads)));
        }

        var ratios = samples.Select(sample => sample.One / sample.All).Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One thread: {files.Length / Comparison.Median([.. samples.Select(sample => sample.One)]):F0} images/s. "
            + $"{threads} threads: {files.Length / Comparison.Median([.. samples.Select(sample => sample.All)]):F0} images/s, "
            + $"{Comparison.Median(ratios):F2} times as many ({ratios[0]:F2} to {ratios[^1]:F2}, n = {repeats})."));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Peak memory: {Process.GetCurrentProcess().PeakWorkingSet64 / Megabyte:F0} MB."));
    }

    private static void Decode(string[] files, int threads)
    {
        var next = -1;
        Exception? failure = null;
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            try
            {
                using var reader = new ImageReader(ShortSide, Side);
                var rgb = new byte[Side * Side * 3];
                for (var i = Interlocked.Increment(ref next); i < files.Length; i = Interlocked.Increment(ref next))
                {
                    if (reader.Read(() => ImageFile.Open(files[i]), rgb).Failure is { } reason)
                    {
                        throw new UserErrorException($"{files[i]}: {reason}");
                    }
                }
            }
            catch (UserErrorException error)
            {
                failure = error;
            }
        })).ToArray();
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        if (failure is not null)
        {
            throw failure;
        }
    }
}
