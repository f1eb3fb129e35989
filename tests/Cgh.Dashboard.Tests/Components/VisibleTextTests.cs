using Bunit;
using Cgh.Dashboard.Components;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class VisibleTextTests : BunitContext
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("cats and dogs", "cats and dogs")]
    [InlineData("שלום, 世界, café", "שלום, 世界, café")]
    [InlineData("a\nb\tc", "a\nb\tc")]
    [InlineData("photo\u202Egnp.exe", "photo[U+202E]gnp.exe")]
    [InlineData("\u2067a\u2069 \u200F\u061C\u0007\u009B", "[U+2067]a[U+2069] [U+200F][U+061C][U+0007][U+009B]")]
    public void Visible_Text_ShowsTheCodesOfWhatWouldHideSomething(string? text, string expected) => Assert.Equal(expected, text.Visible());

    [Fact]
    public void ClippedText_Short_IsAParagraph() => Render<ClippedText>(component => component.Add(text => text.Text, "Two rules\u202E."))
        .MarkupMatches("<p class=\"mb-2 text-break\">Two rules[U+202E].</p>");

    [Theory]
    [InlineData("word ", 100)]
    [InlineData("😀", 400)]
    public void ClippedText_Long_ShowsWholeWordsOrLettersAndTheRestOnDemand(string part, int count)
    {
        var text = string.Concat(Enumerable.Repeat(part, count));

        var component = Render<ClippedText>(parameters => parameters.Add(shown => shown.Text, text));

        var summary = component.Find("summary").TextContent;
        Assert.InRange(summary.Length, 250, 301);
        Assert.StartsWith(summary.TrimEnd('…'), text, StringComparison.Ordinal);
        Assert.EndsWith(part.Trim(), summary.TrimEnd('…'), StringComparison.Ordinal);
        Assert.Equal(text.Trim(), component.Find("details p").TextContent.Trim());
    }
}
