using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Tests;

namespace Cgh.Reliability;

/// <summary>Packs one source under adverse conditions and compares the datasets.</summary>
internal sealed class PackTest(Random random, bool keepJpeg) : IDisposable
{
    private const int Side = 64;

    // So that a dataset has some dozens of shards.
    private const int ShardImages = 100;
    private const int MaxKillsPerDataset = 4;

    private static readonly string s_program = typeof(PackTest).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "Cgh.DataPrepProgram").Value!;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _different = [];
    private readonly List<double> _killedAfter = [];
    private readonly List<string> _fullAt = [];
    private SortedDictionary<string, string> _expected = [];
    private TimeSpan _uninterrupted;
    private int _killed;
    private int _full;
    private int _datasets;

    public async Task PrepareAsync(int images, CancellationToken cancellationToken)
    {
        await RunAsync(
            ["demo", "--out", _folder["images"], "--classes", "10", "--train", $"{images}", "--test", "500", "--side", $"{Side}"], cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await RunAsync(Pack(_folder["straight"]), cancellationToken);
        _uninterrupted = Stopwatch.GetElapsedTime(began);
        _expected = Checksums(_folder["straight"]);
    }

    /// <summary>Kills packing at moments that are spread evenly over the time of an uninterrupted pack, up to four times per dataset.</summary>
    public async Task KillAsync(int kills, CancellationToken cancellationToken)
    {
        while (_killed < kills)
        {
            var name = _folder[$"killed-{_datasets++}"];
            for (var i = 0; i < MaxKillsPerDataset && _killed < kills && !Directory.Exists(name); i++)
            {
                using var packing = Start(Pack(name));
                var after = _uninterrupted * random.NextDouble();
                await Task.WhenAny(packing.WaitForExitAsync(cancellationToken), Task.Delay(after, cancellationToken));
                if (!packing.HasExited)
                {
                    packing.Kill();
                    await packing.WaitForExitAsync(cancellationToken);
                    _killed++;
                    _killedAfter.Add(after.TotalSeconds);
                }
            }

            await FinishAsync(name, cancellationToken);
            MeasuredServices.Log($"{_killed} of {kills} kills");
        }
    }

    /// <summary>Fills the disk when a random share of the dataset is written, and makes room again.</summary>
    public async Task FillAsync(int times, CancellationToken cancellationToken)
    {
        if (times == 0)
        {
            return;
        }

        var disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        var size = new DirectoryInfo(_folder["straight"]).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

        // Little more than the dataset needs, so that it is filled in a moment.
        await RunToolAsync("mount", "-t", "tmpfs", "-o", $"size={(size * 5 / 4) + (1 << 22)}", "tmpfs", disk);
        try
        {
            while (_full < times)
            {
                var name = Path.Combine(disk, "set");
                await FillAsync(name, (long)(size * random.NextDouble()), Path.Combine(disk, "filler"), cancellationToken);
                await FinishAsync(name, cancellationToken);
                Directory.Delete(name, recursive: true);
                MeasuredServices.Log($"{_full} of {times} full disks");
            }
        }
        finally
        {
            await RunToolAsync("umount", disk);
        }
    }

    public MeasurementReport Report()
    {
        var report = new MeasurementReport("packs");
        report.Add("dataset", $"{_expected.Count} files of {(keepJpeg ? "encoded images" : "pixels")}, packed in {_uninterrupted.TotalSeconds:0.0} s");
        report.Add("kill -9", $"{_killed}");
        report.AddSeconds("time to a kill", _killedAfter);
        report.Add("full disk", $"{_full}: {string.Join("; ", _fullAt.CountBy(where => where).Select(where => $"{where.Value} {where.Key}"))}");
        _different.ForEach(difference => report.Add("DIFFERENT", difference));
        report.AddTarget("every resumed dataset identical to an uninterrupted one", _different.Count == 0);
        return report;
    }

    public void Dispose() => _folder.Dispose();

    private static Process Start(IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [s_program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<(int ExitCode, string Error)> TryRunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(arguments);
        return await EndAsync(process, cancellationToken);
    }

    private static async Task<(int ExitCode, string Error)> EndAsync(Process process, CancellationToken cancellationToken)
    {
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        await output;
        return (process.ExitCode, error);
    }

    private static async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var (exitCode, error) = await TryRunAsync(arguments, cancellationToken);
        if (exitCode != 0)
        {
            throw new UserErrorException($"{string.Join(' ', arguments)} exits with {exitCode}: {error}");
        }
    }

    private static async Task RunToolAsync(string tool, params string[] arguments)
    {
        using var process = Process.Start(tool, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new UserErrorException($"{tool} exits with {process.ExitCode}. A tmpfs needs root; use --full 0.");
        }
    }

    private static SortedDictionary<string, string> Checksums(string folder)
    {
        var checksums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, path);
            // It has the time of packing, but also the checksums of the shards.
            checksums[name] = name == DatasetManifest.FileName ? "" : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        }

        return checksums;
    }

    private string[] Pack(string name) =>
    [
        "pack", _folder["images"], "--out", name, "--side", $"{Side}", "--short-side", $"{Side}",
        "--shard-size", (ShardImages * Side * Side * 3).ToString(CultureInfo.InvariantCulture), .. keepJpeg ? ["--keep-jpeg"] : Array.Empty<string>(),
    ];

    private async Task FinishAsync(string name, CancellationToken cancellationToken)
    {
        // Without a dataset; a kill may come between the last rename and the exit.
        if (!Directory.Exists(name))
        {
            await RunAsync(Pack(name), cancellationToken);
        }

        if (!Checksums(name).SequenceEqual(_expected))
        {
            _different.Add(name);
        }
    }

    private async Task FillAsync(string name, long written, string filler, CancellationToken cancellationToken)
    {
        using var packing = Start(Pack(name));
        while (!packing.HasExited && WrittenTo(name) < written)
        {
            await Task.Delay(1, cancellationToken);
        }

        Fill(filler);
        var (exitCode, error) = await EndAsync(packing, cancellationToken);
        File.Delete(filler);
        if (exitCode != 0)
        {
            _full++;
            var isOneLine = error.TrimEnd('\n').Split('\n').Length == 1 && error.Contains("No space left on device", StringComparison.Ordinal);
            _fullAt.Add(isOneLine ? $"at a {Kind(error)}" : $"UNEXPECTED: {error}");
            if (!isOneLine)
            {
                _different.Add(error);
            }
        }
    }

    private static string Kind(string error) => error.Contains(".json", StringComparison.Ordinal) ? "record or the manifest"
        : error.Contains("images-", StringComparison.Ordinal) || error.Contains("offsets-", StringComparison.Ordinal) ? "shard" : "label or name file";

    private static long WrittenTo(string name)
    {
        try
        {
            return new DirectoryInfo($"{name}.part").EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }
        catch (Exception error) when (error is IOException)
        {
            // Not there yet, or renamed while it is listed.
            return 0;
        }
    }

    private static void Fill(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            var block = new byte[1 << 16];
            while (true)
            {
                stream.Write(block);
            }
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }
}
