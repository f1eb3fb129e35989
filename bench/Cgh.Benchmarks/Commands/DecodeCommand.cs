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
        var samples = new (Sample One, Sample All)[repeats];
        for (var i = 0; i < repeats; i++)
        {
            samples[i] = (Measure(files, 1), Measure(files, threads));
        }

        double[] ratios = [.. samples.Select(sample => sample.One.Seconds / sample.All.Seconds).Order()];
        var (one, all) = (Median(samples.Select(sample => sample.One)), Median(samples.Select(sample => sample.All)));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One thread: {files.Length / one.Seconds:F0} images/s, {one.ProcessorSeconds / files.Length * 1000:F2} ms of processor time per image. "
            + $"{threads} threads: {files.Length / all.Seconds:F0} images/s, {all.ProcessorSeconds / files.Length * 1000:F2} ms; "
            + $"{Comparison.Median(ratios):F2} times as many images ({ratios[0]:F2} to {ratios[^1]:F2}, n = {repeats})."));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Peak memory: {Process.GetCurrentProcess().PeakWorkingSet64 / Megabyte:F0} MB."));
    }

    // On a busy machine, the processor time tells whether the threads get in each other's way; the throughput does not.
    private static Sample Measure(string[] files, int threads)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var seconds = Timing.Seconds(() => Decode(files, threads));
        process.Refresh();
        return new Sample(seconds, (process.TotalProcessorTime - before).TotalSeconds);
    }

    private static Sample Median(IEnumerable<Sample> samples)
    {
        Sample[] all = [.. samples];
        return new Sample(
            Comparison.Median([.. all.Select(sample => sample.Seconds)]), Comparison.Median([.. all.Select(sample => sample.ProcessorSeconds)]));
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

    private readonly record struct Sample(double Seconds, double ProcessorSeconds);
}
