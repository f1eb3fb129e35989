using System.Globalization;
using System.Text.RegularExpressions;

namespace Cgh.Dashboard.Components;

/// <summary>Text from files, folders and other people, in which nothing is hidden.</summary>
internal static partial class VisibleText
{
    /// <summary>
    /// Replaces characters that change the direction of text, which can make a name look like another, and control characters by their code, such as [U+202E].
    /// </summary>
    public static string Visible(this string? text) => text is null
        ? ""
        : Hidden().Replace(text, found => $"[U+{((int)found.ValueSpan[0]).ToString("X4", CultureInfo.InvariantCulture)}]");

    [GeneratedRegex(@"[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]")]
    private static partial Regex Hidden();
}
