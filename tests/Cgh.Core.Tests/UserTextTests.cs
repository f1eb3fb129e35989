using Xunit;

namespace Cgh.Core.Tests;

public sealed class UserTextTests
{
    [Theory]
    [InlineData("The disk is full", "The disk is full.")]
    [InlineData("The disk is full.", "The disk is full.")]
    [InlineData("The disk is full...", "The disk is full.")]
    [InlineData("Is the disk full?", "Is the disk full?")]
    [InlineData("The disk is full!", "The disk is full!")]
    [InlineData("The disk is full.\nat Write()", "The disk is full.")]
    [InlineData("The disk is full\r\nat Write()", "The disk is full.")]
    [InlineData("", ".")]
    public void FirstLine_Message_IsOneSentence(string message, string expected) =>
        Assert.Equal(expected, UserText.FirstLine(new InvalidOperationException(message)));
}
