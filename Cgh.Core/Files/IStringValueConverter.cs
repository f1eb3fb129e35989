namespace Cgh.Core.Files;

/// <summary>A JSON converter for values that are a string with a syntax of its own, such as <c>median:5</c>.</summary>
internal interface IStringValueConverter
{
    /// <summary>Why <paramref name="value"/> cannot be read; null when it can.</summary>
    string? Validate(string value);
}
