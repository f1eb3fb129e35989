namespace Cgh.Core;

/// <summary>Formats user input for quoting in a one-line message.</summary>
public static class UserText
{
    private const int MaxLength = 60;

    /// <summary>Truncates the text to 60 characters and replaces control characters by question marks.</summary>
    public static string Shortened(string text)
    {
        var beginning = text.Length > MaxLength ? string.Concat(text.AsSpan(0, MaxLength), "...") : text;
        return string.Concat(beginning.Select(c => char.IsControl(c) ? '?' : c));
    }
}
