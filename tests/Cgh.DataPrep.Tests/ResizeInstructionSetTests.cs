using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>The resize on processors with fewer instructions than this one, against the same reference images.</summary>
public sealed class ResizeInstructionSetTests
{
    [Fact]
    public async Task Resize_WithoutAVX512AVX2OrAnyInstructions_PassesItsTests()
    {
        await Task.WhenAll(InstructionSets.All.Select(async instructions =>
        {
            var ran = await InstructionSets.RunWithoutAsync(
                instructions,
                new Dictionary<string, string>(),
                [typeof(CentreCropResizerTests)],
                TestContext.Current.CancellationToken);

            Assert.InRange(ran[typeof(CentreCropResizerTests)], CentreCropResizerTests.Cases.Count, int.MaxValue);
        }));
    }
}
