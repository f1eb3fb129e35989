using Cgh.Dashboard.Reports;
using Xunit;

namespace Cgh.Dashboard.Tests.Reports;

public sealed class ReportMarkdownTests
{
    [Fact]
    public void ToHtml_Report_HasItsTableAndItsFigureAtTheReportsUrl()
    {
        var html = Html("# demo\n\n| run | top-1 |\n|:----|------:|\n| `sgd` | 97.3% |\n\n![Accuracy](a.png)\n\nAs [SVG](a.svg).");

        Assert.Contains("<h1>demo</h1>", html, StringComparison.Ordinal);
        Assert.Contains("<table class=\"table table-sm\">", html, StringComparison.Ordinal);
        Assert.Contains("<td style=\"text-align: right;\">97.3%</td>", html, StringComparison.Ordinal);
        Assert.Contains("<img src=\"served/a.png\" class=\"img-fluid\" alt=\"Accuracy\" />", html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"served/a.svg\" target=\"_blank\" rel=\"noopener\">SVG</a>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a <script>alert(1)</script> b")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<div\nonclick='alert(1)'>\n\nx")]
    [InlineData("`<script>`")]
    [InlineData("| <script> |\n|---|\n| <b onclick=alert(1)> |")]
    public void ToHtml_EmbeddedHtml_IsEscaped(string markdown)
    {
        var html = Html(markdown);

        Assert.Contains("&lt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("<[a-z]+[^>]* on", html);
    }

    [Theory]
    [InlineData("[here](javascript:alert(1))")]
    [InlineData("[here](JaVaScRiPt:alert%281%29)")]
    [InlineData("[here](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("[here](../../secret.md)")]
    [InlineData("[here](/etc/passwd)")]
    [InlineData("[here](//elsewhere.example/)")]
    [InlineData("[here][ref]\n\n[ref]: javascript:alert(1)")]
    [InlineData("![here](https://elsewhere.example/pixel.png)")]
    [InlineData("![here](../secret.png)")]
    [InlineData("<javascript:alert(1)> here")]
    public void ToHtml_OtherLink_IsReplacedByItsText(string markdown)
    {
        var html = Html(markdown);

        Assert.Contains("here", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<a", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
    }

    [Fact]
    public void ToHtml_LinkToAWebPage_OpensInANewTab() => Assert.Contains(
        "<a href=\"https://arxiv.org/abs/2003.07422\" target=\"_blank\" rel=\"noopener\">paper</a>",
        Html("[paper](https://arxiv.org/abs/2003.07422)"),
        StringComparison.Ordinal);

    private static string Html(string markdown) =>
        ReportMarkdown.ToHtml(markdown, file => file.StartsWith("a.", StringComparison.Ordinal) ? $"served/{file}" : null);
}
