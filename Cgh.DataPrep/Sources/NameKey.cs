using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Cgh.DataPrep.Sources;

/// <summary>
/// Finds names that are written alike: macOS decomposes letters in file names (e and an accent), other systems keep them composed (é).
/// </summary>
/// <remarks>Own tables, because <see cref="string.Normalize()"/> changes nothing without ICU, which <c>InvariantGlobalization</c> leaves out.</remarks>
internal static class NameKey
{
    private const int FirstSyllable = 0xAC00;
    private const int Syllables = 11_172;
    private const int VowelsAndTails = 588;
    private const int Tails = 28;

    private static readonly Lazy<FrozenDictionary<char, (char First, char Second)>> s_decompositions = new(Load);

    /// <summary>The name with its letters decomposed; equal for names that only differ in that.</summary>
    public static string Of(string name)
    {
        if (Ascii.IsValid(name))
        {
            return name;
        }

        var key = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            Decompose(letter, key);
        }

        SortMarks(key);
        return key.ToString();
    }

    private static void Decompose(char letter, StringBuilder key)
    {
        if (s_decompositions.Value.TryGetValue(letter, out var parts))
        {
            Decompose(parts.First, key);
            key.Append(parts.Second);
        }
        else if (letter - FirstSyllable is >= 0 and < Syllables and var index)
        {
            key.Append((char)(0x1100 + (index / VowelsAndTails))).Append((char)(0x1161 + (index % VowelsAndTails / Tails)));
            if (index % Tails is > 0 and var tail)
            {
                key.Append((char)(0x11A7 + tail));
            }
        }
        else
        {
            key.Append(letter);
        }
    }

    // Marks of one letter may come in another order after decomposing a letter that was composed with one of them.
    private static void SortMarks(StringBuilder key)
    {
        for (var i = 1; i < key.Length; i++)
        {
            for (var j = i; j > 0 && IsMark(key[j]) && IsMark(key[j - 1]) && key[j] < key[j - 1]; j--)
            {
                (key[j], key[j - 1]) = (key[j - 1], key[j]);
            }
        }
    }

    private static bool IsMark(char letter) => char.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark;

    private static FrozenDictionary<char, (char First, char Second)> Load()
    {
        using var reader = new StreamReader(typeof(NameKey).Assembly.GetManifestResourceStream("decompositions.txt")!);
        var decompositions = new Dictionary<char, (char, char)>();
        while (reader.ReadLine() is { } line)
        {
            if (line is [not '#', ..] && line.Split(' ') is [var second, .. var pairs])
            {
                foreach (var pair in pairs)
                {
                    decompositions.Add(pair[0], (pair[1], (char)int.Parse(second, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
                }
            }
        }

        return decompositions.ToFrozenDictionary();
    }
}
