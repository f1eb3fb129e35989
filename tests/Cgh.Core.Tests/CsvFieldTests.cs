using Cgh.Core.Files;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class CsvFieldTests
{
    [Theory]
    [InlineData("train/a b/1.jpg", "train/a b/1.jpg")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"x\"\n", "\"say \"\"x\"\"\n\"")]
    [InlineData("=HYPERLINK(\"http://x\",A1)", "\"'=HYPERLINK(\"\"http://x\"\",A1)\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+SUM(A1)", "'+SUM(A1)")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("-", "'-")]
    [InlineData("-1", "-1")]
    [InlineData("+1.5e3", "+1.5e3")]
    [InlineData("a=b", "a=b")]
    [InlineData("", "")]
    public void Quoted_Text_IsOneFieldAndNoFormula(string text, string expected) => Assert.Equal(expected, CsvField.Quoted(text));
}
