namespace Cgh.Core.Files;

/// <summary>A JSON converter of values that are one word in a file, and more than a name of an enumeration.</summary>
internal interface IStringValueConverter
{
    /// <summary>Why <paramref name="value"/> cannot be read; null when it can.</summary>
    string? Validate(string value);
}
