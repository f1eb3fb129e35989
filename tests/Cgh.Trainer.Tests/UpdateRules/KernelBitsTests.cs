using Cgh.Core.Files;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class KernelBitsTests
{
    /// <summary>Environment variable with the path of an output file for <see cref="KernelBits"/>, to compare processes.</summary>
    public const string FileVariable = "CGH_TEST_KERNEL_BITS";

    [Fact]
    public void Of_AllWidths_GiveTheSameHashes()
    {
        var bits = Enum.GetValues<KernelWidth>().Select(KernelBits.Of).ToArray();

        Assert.All(bits, ofWidth => Assert.Equal(bits[0].Hashes, ofWidth.Hashes));

        if (Environment.GetEnvironmentVariable(FileVariable) is { } path)
        {
            CghJson.Save(path, bits[0]);
        }
    }
}
