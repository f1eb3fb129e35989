using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cgh.Core.Files;

namespace Cgh.Core.Runs;

/// <summary>An update rule with what belongs to it. In files and options it is one word, such as <c>rm3</c> or <c>trimmed:5:1</c>.</summary>
/// <param name="Kind">What the rule does.</param>
/// <param name="Window">With <see cref="UpdateRule.Median"/> and <see cref="UpdateRule.Trimmed"/>: mini-batches whose gradients it looks at; else 0.</param>
/// <param name="Trim">With <see cref="UpdateRule.Trimmed"/>: how many of the smallest, and as many of the largest, are dropped; else 0.</param>
[JsonConverter(typeof(RuleChoiceConverter))]
public readonly record struct RuleChoice(UpdateRule Kind, int Window = 0, int Trim = 0)
{
    /// <summary>How every rule is written; K and T stand for numbers.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. Enum.GetValues<UpdateRule>().Select(kind => Word(kind) + Numbers(kind))];

    /// <summary>Groups that a step splits its mini-batch into.</summary>
    public int Groups => Kind == UpdateRule.M3 ? 3 : 1;

    public static implicit operator RuleChoice(UpdateRule kind) => new(kind);

    /// <summary>Reads what <see cref="ToString"/> writes; whether the numbers are any good is for <see cref="RunSpecRules"/> to say.</summary>
    public static bool TryParse(string word, out RuleChoice rule)
    {
        var parts = word.Split(':');
        foreach (var kind in Enum.GetValues<UpdateRule>())
        {
            var numbers = new int[2];
            if (Word(kind).Equals(parts[0], StringComparison.OrdinalIgnoreCase)
                && parts.Length == Numbers(kind).Split(':').Length
                && parts.Skip(1).Select((part, i) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])).All(read => read))
            {
                rule = new RuleChoice(kind, numbers[0], numbers[1]);
                return true;
            }
        }

        rule = default;
        return false;
    }

    /// <summary>Why <paramref name="word"/> is no rule, and what is.</summary>
    public static string Failure(string word) => $"unknown rule '{word}'.{NearestName.Suggest(word, Forms)}";

    /// <summary>The rule's word.</summary>
    public override string ToString() => Kind switch
    {
        UpdateRule.Median => string.Create(CultureInfo.InvariantCulture, $"{Word(Kind)}:{Window}"),
        UpdateRule.Trimmed => string.Create(CultureInfo.InvariantCulture, $"{Word(Kind)}:{Window}:{Trim}"),
        _ => Word(Kind),
    };

    private static string Word(UpdateRule kind) => kind.ToString().ToLowerInvariant();

    private static string Numbers(UpdateRule kind) => kind switch
    {
        UpdateRule.Median => ":K",
        UpdateRule.Trimmed => ":K:T",
        _ => "",
    };
}

/// <summary>Writes a rule as its word.</summary>
internal sealed class RuleChoiceConverter : JsonConverter<RuleChoice>, IStringValueConverter
{
    public override RuleChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && RuleChoice.TryParse(reader.GetString()!, out var rule)
            ? rule
            : throw new JsonException(reader.TokenType == JsonTokenType.String ? RuleChoice.Failure(reader.GetString()!) : "A rule is a text in quotes.");

    public override void Write(Utf8JsonWriter writer, RuleChoice value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public string? Validate(string value) => RuleChoice.TryParse(value, out _) ? null : RuleChoice.Failure(value);
}
