using System.Globalization;
using Cgh.Core.Files;

namespace Cgh.Core;

/// <summary>Formats text for one-line messages.</summary>
public static class UserText
{
    private const int DefaultMaxLength = 60;

    private static readonly string[] s_numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    /// <summary>Truncates the text and replaces control characters and line separators by question marks.</summary>
    public static string Shortened(string text, int maxLength = DefaultMaxLength)
    {
        var beginning = text.Length > maxLength ? string.Concat(text.AsSpan(0, maxLength), "...") : text;
        return string.Concat(beginning.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c));
    }

    /// <summary>The first line of an exception's message, as a sentence.</summary>
    public static string FirstLine(Exception error)
    {
        if (WriteError.IsBeyondLimit(error))
        {
            return WriteError.SizeLimit;
        }

        var line = error.Message.AsSpan();
        var end = line.IndexOfAny('\r', '\n');
        var first = (end < 0 ? line : line[..end]).TrimEnd('.').ToString();
        return first is [.., '!' or '?'] ? first : first + ".";
    }

    /// <summary>"a", "a and b", "a, b and c".</summary>
    public static string Join(IReadOnlyList<string> parts) =>
        parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    /// <summary>A size in decimal units, such as "1.5 GB".</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:#,0.0} GB"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0} KB"),
    };

    /// <summary>A length of time, such as "40 s", "12.5 min" or "3.0 h".</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, seconds):0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };

    /// <summary>A length of time that was read from a file, which can hold any number.</summary>
    public static TimeSpan Time(double seconds) => TimeSpan.FromSeconds(double.IsNaN(seconds) ? 0 : Math.Clamp(seconds, 0, int.MaxValue));

    /// <summary>A count in a sentence: a word up to twelve, digits above.</summary>
    public static string Number(int count) => count >= 0 && count < s_numbers.Length ? s_numbers[count] : count.ToString(CultureInfo.InvariantCulture);
}
