using System.Diagnostics;
using Cgh.Core;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Archives;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Archives;

/// <summary>
/// Fuzz targets: each reads a fixed number of seeded mutations of valid input. Whatever is wrong must be an error of one line for the user, in bounded time
/// and memory. A failure names the seed, which alone repeats it.
/// </summary>
public sealed class ArchiveFuzzTests : IDisposable
{
    private const int MaxAllocated = 64 << 20;
    private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Tar_Mutated_IsListedOrRefused()
    {
        var tar = new RawTar().AddPax("path", "a/long/name.JPEG").AddPax("size", "700").Add("a.JPEG", new byte[700]).Add("link", type: '2')
            .Add("L", "a/very/long/name.JPEG\0"u8, 'L').Add("b.JPEG", new byte[10], size: "\x80\0\0\0\0\0\0\0\0\0\0\x0A")
            .Add("s", type: 'S', change: header => header[482] = 1).AddBytes(new byte[512]).Add("c.JPEG", "x"u8).End();
        for (var seed = 0; seed < 3000; seed++)
        {
            var bytes = Mutated(tar, seed, fixChecksums: seed % 2 == 0);
            foreach (var compressed in new[] { false, true })
            {
                Check(seed, () =>
                {
                    using Stream stream = compressed ? new BoundedInflate(new MemoryStream(ArchiveZoo.Gzip(bytes))) : new MemoryStream(bytes);
                    var walker = new TarWalker(stream);
                    while (walker.Next() is { } item)
                    {
                        _ = item.Path;
                        if (item.Refusal is null && item.Length < 1000)
                        {
                            walker.ReadData();
                        }
                    }
                });
            }
        }
    }

    [Fact]
    public void Gzip_Mutated_IsReadOrRefused()
    {
        var gzip = ArchiveZoo.Gzip(ArchiveZoo.Tar([("a.JPEG", new byte[5000]), ("b.JPEG", [1, 2, 3])]));
        for (var seed = 0; seed < 1000; seed++)
        {
            Check(seed, () =>
            {
                using var stream = new BoundedInflate(new MemoryStream(Mutated(gzip, seed, fixChecksums: false)));
                var walker = new TarWalker(stream);
                while (walker.Next() is not null)
                {
                }
            });
        }
    }

    [Fact]
    public void Mat_Mutated_IsReadOrRefused()
    {
        var mat = new MatBytes();
        var plain = mat.File(compressed: false, mat.Synsets(ArchiveZoo.Synsets.Take(3)), mat.Numbers("x", 1, 2), mat.Text("t", "text"));
        var compressed = mat.File(compressed: true, mat.Synsets(ArchiveZoo.Synsets.Take(3)));
        for (var seed = 0; seed < 6000; seed++)
        {
            Check(seed, () => MatFile.Read(Mutated(seed % 6 == 0 ? compressed : plain, seed, fixChecksums: false)));
        }
    }

    [Fact]
    public void WebDataset_Mutated_IsListedOrRefused()
    {
        var tar = ArchiveZoo.Tar(
        [
            ("0.jpg", [1]), ("0.cls", "1"u8.ToArray()), ("1.json", """{"label": 3, "class_name": "cat"}"""u8.ToArray()), ("1.png", [2]),
            ("2.jpg", [3]), ("2.json", """{"class": "dog"}"""u8.ToArray()),
        ]);
        var path = _folder["shard.tar"];
        for (var seed = 0; seed < 600; seed++)
        {
            File.WriteAllBytes(path, Mutated(tar, seed, fixChecksums: seed % 4 != 0));
            Check(seed, () => ReadAll(path));
        }
    }

    [Fact]
    public void ImageNet_MutatedDevkitAndVal_IsListedOrRefused()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var val = File.ReadAllBytes(_folder["ILSVRC2012_img_val.tar"]);
        var mat = new MatBytes();
        var devkit = ArchiveZoo.Devkit(ArchiveZoo.GroundTruth, mat.File(compressed: false, mat.Synsets(ArchiveZoo.Synsets)));
        for (var seed = 0; seed < 200; seed++)
        {
            File.WriteAllBytes(_folder["ILSVRC2012_img_val.tar"], seed % 2 == 0 ? val : Mutated(val, seed, fixChecksums: true));
            ArchiveZoo.WriteDevkit(_folder.Path, seed % 2 == 0 ? Mutated(devkit, seed, fixChecksums: true) : devkit);
            Check(seed, () => ReadAll(_folder.Path));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static void ReadAll(string path)
    {
        using var source = ImageSources.Open(path);
        foreach (var sample in source.Samples(Enumerable.Range(0, source.Images.Count)))
        {
            using var stream = sample.Open();
            stream.CopyTo(Stream.Null);
        }
    }

    private static void Check(int seed, Action read)
    {
        var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        try
        {
            read();
        }
        catch (Exception error) when (error is ArchiveException or UserErrorException)
        {
            Assert.False(error.Message.Any(char.IsControl), $"Seed {seed}: not a line of text: {error.Message}");
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"Seed {seed} failed.", error);
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < MaxAllocated, $"Seed {seed} allocated too much.");
        Assert.True(Stopwatch.GetElapsedTime(started) < s_maxTime, $"Seed {seed} took too long.");
    }

    /// <summary>
    /// Cuts, flips, overwrites, removes or repeats some bytes. Headers of a tar get valid checksums again, so that what is behind them is reached.
    /// </summary>
    private static byte[] Mutated(byte[] input, int seed, bool fixChecksums)
    {
        var random = new Random(seed);
        var bytes = input.ToList();
        for (var change = random.Next(1, 6); change > 0 && bytes.Count > 1; change--)
        {
            // Most of a tar is padding: half of the changes are within the fields of a header.
            var at = random.Next(2) == 0 ? random.Next(bytes.Count) : Math.Min(bytes.Count - 1, (random.Next(bytes.Count) & ~511) + random.Next(100, 160));
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = new byte[] { 0, 1, 0x7F, 0x80, 0xFF, (byte)'7', (byte)'x', (byte)'L' }[random.Next(8)];
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 5 when random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    var block = Math.Min(bytes.Count, (at & ~511) + 512);
                    bytes.InsertRange(random.Next(bytes.Count) & ~511, bytes.GetRange(at & ~511, block - (at & ~511)));
                    break;
            }
        }

        var mutated = bytes.ToArray();
        for (var block = 0; fixChecksums && block + 512 <= mutated.Length; block += 512)
        {
            var header = mutated.AsSpan(block, 512);
            if (header.Slice(257, 5).SequenceEqual("ustar"u8))
            {
                header.Slice(148, 8).Fill((byte)' ');
                var sum = 0;
                foreach (var value in header)
                {
                    sum += value;
                }

                System.Text.Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 ").CopyTo(header[148..]);
            }
        }

        return mutated;
    }
}
