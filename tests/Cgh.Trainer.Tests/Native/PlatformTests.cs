using Cgh.Trainer.Native;

namespace Cgh.Trainer.Tests.Native;

/// <summary>What is decided by the platform, asked as if on each: docs/platforms.md.</summary>
public sealed class PlatformTests
{
    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    public void LoadsThePackages_MacWithoutHomebrewsOpenMp_OnlyThere(bool isMacOS, bool homebrewHasIt, bool expected) =>
        Assert.Equal(expected, OpenMp.LoadsThePackages(isMacOS, path => path == "/opt/homebrew/opt/libomp/lib/libomp.dylib" && homebrewHasIt));

    [Theory]
    [InlineData(true, false, "Visual C++ Redistributable")]
    [InlineData(false, true, "brew install libomp")]
    [InlineData(false, false, "Is there enough memory")]
    public void WhatTheyNeed_EachSystem_NamesWhatThePackageDoesNotBring(bool isWindows, bool isMacOS, string expected) =>
        Assert.Contains(expected, TorchSettings.WhatTheyNeed(isWindows, isMacOS), StringComparison.Ordinal);
}
