using Cgh.Trainer.Native;

namespace Cgh.Trainer.Tests.Native;

/// <summary>Platform-dependent decisions, tested for each platform; see docs/platforms.md.</summary>
public sealed class PlatformTests
{
    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    public void UsesPackagedLibrary_EachPlatform_OnlyOnMacWithoutHomebrew(bool isMacOS, bool homebrewHasIt, bool expected) =>
        Assert.Equal(expected, OpenMp.UsesPackagedLibrary(isMacOS, path => path == "/opt/homebrew/opt/libomp/lib/libomp.dylib" && homebrewHasIt));

    [Theory]
    [InlineData(true, false, "Visual C++ Redistributable")]
    [InlineData(false, true, "brew install libomp")]
    [InlineData(false, false, "Check that there is enough memory")]
    public void Requirements_EachPlatform_NamesThem(bool isWindows, bool isMacOS, string expected) =>
        Assert.Contains(expected, TorchSettings.Requirements(isWindows, isMacOS), StringComparison.Ordinal);
}
