namespace Cgh.Trainer.Checkpoints;

/// <summary>Text from a file that nobody vouches for, made fit for one line of a message.</summary>
internal static class Printable
{
    private const int Longest = 300;

    /// <summary>Without control characters, and cut off when it is long.</summary>
    public static string Text(string text)
    {
        var shown = text.Length > Longest ? text[..Longest] + "..." : text;
        return string.Concat(shown.Select(character => char.IsControl(character) || character is '\u2028' or '\u2029' ? '?' : character));
    }
}
