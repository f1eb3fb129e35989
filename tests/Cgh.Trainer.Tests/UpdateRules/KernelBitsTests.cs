using Cgh.Core.Files;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class KernelBitsTests
{
    /// <summary>Variable with the path of a file for <see cref="KernelBits"/>, in a process that is compared with another.</summary>
    public const string FileVariable = "CGH_TEST_KERNEL_BITS";

    [Fact]
    public void Of_AllWidths_AreTheSame()
    {
        var bits = Enum.GetValues<KernelWidth>().Select(KernelBits.Of).ToArray();

        Assert.All(bits, ofWidth => Assert.Equal(bits[0].Hashes, ofWidth.Hashes));

        if (Environment.GetEnvironmentVariable(FileVariable) is { } path)
        {
            CghJson.Save(path, bits[0]);
        }
    }
}
