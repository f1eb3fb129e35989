namespace Cgh.Core.Files;

/// <summary>A JSON converter of values that are one word in a file, and more than a name of an enumeration.</summary>
internal interface IWordConverter
{
    /// <summary>Why <paramref name="word"/> cannot be read; null when it can.</summary>
    string? Failure(string word);
}
