using Cgh.Core;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Checkpoints;

/// <summary>Opens thousands of damaged copies of a valid file. Each must be read or rejected, with little memory.</summary>
public sealed class FuzzTests : IDisposable
{
    private const long MaxBytes = 8_000_000;

    private static readonly byte[] s_pickle = new PickleWriter().Op('}').Op('(')
        .Text("args").Global("argparse", "Namespace").Op(')').Raw(0x81).Dictionary("lr", value => value.Op('N')).Op('b')
        .Text("model").Op('}').Op('(')
        .Text("a.weight").Tensor("0", 6, 0, [2, 3], [3, 1])
        .Text("a.bias").Tensor("1", 2, 0, [2], [1], "HalfStorage")
        .Text("a.num_batches_tracked").Tensor("2", 1, 0, [], [], "LongStorage")
        .Op('u').Op('u').Bytes;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Open_DamagedTorchFile_ReadsOrRejectsIt(int seed)
    {
        Fuzz(PickleWriter.File(s_pickle, [("0", new byte[24]), ("1", new byte[4]), ("2", new byte[8])]), seed);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(26)]
    public void Open_DamagedLegacyTorchFile_ReadsOrRejectsIt(int seed)
    {
        Fuzz(PickleWriter.LegacyFile(s_pickle, [("0", 6, new byte[24]), ("1", 2, new byte[4]), ("2", 1, new byte[8])]), seed);
    }

    [Theory]
    [InlineData(23)]
    [InlineData(24)]
    public void Open_DamagedSafeTensors_ReadsOrRejectsIt(int seed)
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(
            _folder["good"],
            [new("a.weight", ones(2, 3)), new("a.bias", ones(2, ScalarType.BFloat16)), new("a.num_batches_tracked", tensor(1L)), new("empty", zeros(0, 3))],
            new Dictionary<string, string> { ["format"] = "pt" });
        Fuzz(File.ReadAllBytes(_folder["good"]), seed);
    }

    private void Fuzz(byte[] good, int seed)
    {
        var random = new Random(seed);
        var (read, rejected) = (0, 0);
        Open(good);
        for (var round = 0; round < 4_000; round++)
        {
            var damaged = Damage(good, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Open(damaged);
                read++;
            }
            catch (UserErrorException error)
            {
                Assert.DoesNotContain(error.Message, character => char.IsControl(character));
                rejected++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxBytes);
        }

        // Most damage makes the file invalid, except in element values or names.
        Assert.InRange(rejected, 500, 4_000);
        Assert.InRange(read, 1, 3_500);
    }

    private void Open(byte[] file)
    {
        File.WriteAllBytes(_folder["file"], file);
        using var weights = WeightsFile.Open(_folder["file"]);
        Assert.InRange(weights.Tensors.Values.Sum(tensor => tensor.numel() * tensor.element_size()), 0, file.Length);
    }

    private static byte[] Damage(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            ByteDamage.Apply(bytes, at, random.Next(ByteDamage.Kinds), random);
            if (bytes.Count == 0)
            {
                bytes.Add(0);
            }
        }

        return [.. bytes];
    }
}
