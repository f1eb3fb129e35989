namespace Cgh.Core;

/// <summary>What a user wrote, fit for a line that quotes it.</summary>
public static class UserText
{
    private const int MaxLength = 60;

    /// <summary>The text without control characters; of a long one the beginning.</summary>
    public static string Shortened(string text)
    {
        var beginning = text.Length > MaxLength ? string.Concat(text.AsSpan(0, MaxLength), "...") : text;
        return string.Concat(beginning.Select(c => char.IsControl(c) ? '?' : c));
    }
}
