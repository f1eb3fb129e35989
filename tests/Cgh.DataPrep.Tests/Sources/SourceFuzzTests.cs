using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Cifar;
using Cgh.DataPrep.Tests.Sources.Cifar;
using Cgh.DataPrep.Tests.Sources.Idx;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Sources;

/// <summary>Opens damaged copies of valid idx and CIFAR files. Each must be read or refused in one line, in little time and memory.</summary>
public sealed class SourceFuzzTests : IDisposable
{
    // Each takes milliseconds; the machine may be busy with other tests.
    private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false, 41)]
    [InlineData(true, 42)]
    public void Open_DamagedIdx_ReadsOrRefusesIt(bool gzip, int seed)
    {
        IdxFiles.WriteSet(_folder.Path, gzip: gzip);
        string[] files = [.. Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal)];

        // Damage to an image file of noise goes unnoticed unless its header or, compressed, its checksum shows it.
        Fuzz(files, _folder.Path, rounds: 1500, maxBytes: 4_000_000, seed, minRefused: 500);
    }

    [Theory]
    [InlineData("CIFAR-10", "Python", 43)]
    [InlineData("CIFAR-100", "binary", 44)]
    public void Open_DamagedCifarFolder_ReadsOrRefusesIt(string set, string form, int seed)
    {
        var folder = CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout(set, form));

        Fuzz([.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)], folder, rounds: 500, maxBytes: 4_000_000, seed, minRefused: 50);
    }

    [Theory]
    [InlineData("CIFAR-100", "Python", 45)]
    [InlineData("CIFAR-10", "binary", 46)]
    public void Open_DamagedCifarArchive_ReadsOrRefusesIt(string set, string form, int seed)
    {
        var archive = CifarFiles.WriteArchive(_folder.Path, CifarFiles.Layout(set, form));

        // An archive of noise can claim at most as much as deflate could hold in its bytes, 50 MB.
        Fuzz([archive], archive, rounds: 250, maxBytes: 120_000_000, seed, minRefused: 100);
    }

    [Fact]
    public void Read_DamagedPickle_ReadsOrRefusesIt()
    {
        var good = CifarPickleWriter.Dictionary(
            ("labels", pickle => pickle.Numbers([1, 2])), ("data", pickle => pickle.Array(new byte[20], 2, 10)), ("names", pickle => pickle.Texts(["a", "b"])));
        var random = new Random(47);
        var (read, refused) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = Damage(good, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                CifarPickle.Read("file", damaged);
                read++;
            }
            catch (UserErrorException error)
            {
                AssertOneLine(error);
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }

        Assert.InRange(refused, 5000, 20_000);
        Assert.InRange(read, 500, 15_000);
    }

    public void Dispose() => _folder.Dispose();

    private static void Fuzz(string[] files, string source, int rounds, long maxBytes, int seed, int minRefused)
    {
        var good = files.Select(File.ReadAllBytes).ToArray();
        var random = new Random(seed);
        var refused = 0;
        ReadAll(source);
        for (var round = 0; round < rounds; round++)
        {
            var file = random.Next(files.Length);
            File.WriteAllBytes(files[file], Damage(good[file], random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                ReadAll(source);
            }
            catch (UserErrorException error)
            {
                AssertOneLine(error);
                refused++;
            }

            Assert.InRange(watch.Elapsed, TimeSpan.Zero, s_maxTime);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, maxBytes);
            File.WriteAllBytes(files[file], good[file]);
        }

        Assert.InRange(refused, minRefused, rounds);
    }

    private static void ReadAll(string path)
    {
        using var source = ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);
        foreach (var sample in source.Samples(source.Images.PositionsOf(Split.Train).Concat(source.Images.PositionsOf(Split.Val))))
        {
            using var stream = sample.Open();
            Assert.InRange(sample.Image.Label, 0, source.Info.Classes.Count - 1);
        }
    }

    private static void AssertOneLine(UserErrorException error) => Assert.DoesNotContain(error.Message, character => char.IsControl(character));

    // As ByteDamage does, or cuts the end off.
    private static byte[] Damage(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            // Half of the damage is near the beginning, where headers are.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 64) : bytes.Count);
            if (random.Next(ByteDamage.Kinds + 1) is var kind && kind < ByteDamage.Kinds)
            {
                ByteDamage.Apply(bytes, at, kind, random);
            }
            else
            {
                bytes.RemoveRange(at, bytes.Count - at);
            }
        }

        return [.. bytes];
    }
}
