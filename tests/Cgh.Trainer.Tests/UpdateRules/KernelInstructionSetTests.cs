using Cgh.Core.Files;
using Cgh.Trainer.Tests.Data;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.Tests.UpdateRules;

/// <summary>Tests the vector code with fewer instruction sets than this processor has, by disabling them in .NET.</summary>
public sealed class KernelInstructionSetTests
{
    // Without this class, which would start itself recursively.
    private static readonly Type[] s_classes =
        [typeof(KernelBitsTests), typeof(KernelTests), typeof(TrimmedMeanTests), typeof(NormalizationTests), typeof(CroppingTests)];

    [Fact]
    public async Task Kernels_WithoutAvx512Avx2OrAnyIntrinsics_PassTheirTestsWithTheSameBits()
    {
        var expected = KernelBits.Of(KernelWidths.Widest);

        await Task.WhenAll(InstructionSets.All.Select(async instructions =>
        {
            using var folder = new TemporaryFolder();
            var environment = new Dictionary<string, string> { [KernelBitsTests.FileVariable] = folder["bits.json"] };

            var ran = await InstructionSets.RunWithoutAsync(instructions, environment, s_classes, TestContext.Current.CancellationToken);

            Assert.InRange(ran[typeof(KernelTests)], 4 * KernelTests.Cases.Count, int.MaxValue);
            Assert.InRange(ran[typeof(TrimmedMeanTests)], TrimmedMeanTests.Cases.Count, int.MaxValue);
            var actual = CghJson.Load<KernelBits>(folder["bits.json"]);
            InstructionSets.AssertOff(instructions, actual.Registers);
            Assert.Equal(expected.Hashes, actual.Hashes);
        }));
    }
}
