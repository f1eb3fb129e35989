using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class FormatTests
{
    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(-1.0, "–")]
    [InlineData(0.4, "0 s")]
    [InlineData(80.0, "1 min 20 s")]
    [InlineData(3_725.0, "1 h 2 min")]
    [InlineData(180_000.0, "2 d 2 h")]
    [InlineData(1e300, "9999 d 0 h")]
    public void Duration_Seconds_HasTwoLargestUnits(double? seconds, string expected) => Assert.Equal(expected, Format.Duration(seconds));

    [Theory]
    [InlineData(0, "just now")]
    [InlineData(125, "2 min ago")]
    [InlineData(7_300, "2 h ago")]
    [InlineData(200_000, "2 d ago")]
    [InlineData(5_000_000, "2026-01-01")]
    public void RelativeTime_SecondsLater_IsCoarse(int seconds, string expected) =>
        Assert.Equal(expected, Format.RelativeTime(Samples.Created, Samples.Created.AddSeconds(seconds)));

    [Theory]
    [InlineData(97.25, "97.3%")]
    [InlineData(100.0, "100.0%")]
    [InlineData(null, "–")]
    public void Percent_Value_HasOneDecimal(double? percent, string expected) => Assert.Equal(expected, Format.Percent(percent));
}
