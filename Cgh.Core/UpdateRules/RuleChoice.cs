using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cgh.Core.Files;

namespace Cgh.Core.UpdateRules;

/// <summary>An update rule with its parameters. In files and options it is one word, such as <c>rm3</c> or <c>trimmed:5:1</c>.</summary>
[JsonConverter(typeof(RuleChoiceConverter))]
public sealed class RuleChoice : IEquatable<RuleChoice>
{
    private readonly int[] _numbers;

    /// <summary>Creates a choice without validating it; <see cref="Runs.RunSpecRules"/> does that.</summary>
    /// <param name="name">Name of the rule.</param>
    /// <param name="numbers">Values of its parameters, in their order.</param>
    public RuleChoice(string name, params int[] numbers)
    {
        Name = name;
        _numbers = [.. numbers];
    }

    /// <summary>Name of the rule.</summary>
    public string Name { get; }

    /// <summary>The name for pages and reports: in capitals, such as RM3, or as in recipes if it has parameters.</summary>
    public string Title => _numbers.Length == 0 ? Name.ToUpperInvariant() : ToString();

    /// <summary>The rule's entry in the catalog.</summary>
    /// <exception cref="UserErrorException">There is no such rule.</exception>
    public UpdateRule Kind => UpdateRuleCatalog.Find(Name) ?? throw UserErrorException.Usage(Capitalized(Failure(Name)));

    /// <summary>Number of groups that a mini-batch is split into.</summary>
    public int Groups => Kind.Groups(this);

    /// <summary>Whether it suppresses what only one of its gradients has.</summary>
    public bool IsRobust => Kind.IsRobust(this);

    /// <summary>The value of a parameter, by its letter in <see cref="UpdateRule.Form"/>.</summary>
    /// <exception cref="KeyNotFoundException">The rule has no such parameter.</exception>
    public int this[char letter]
    {
        get
        {
            var parameters = Kind.Parameters;
            for (var i = 0; i < parameters.Count; i++)
            {
                if (parameters[i].Letter == letter)
                {
                    return _numbers[i];
                }
            }

            throw new KeyNotFoundException($"{Kind.Form} has no parameter {letter}.");
        }
    }

    /// <summary>Parses what <see cref="ToString"/> returns. <see cref="Runs.RunSpecRules"/> validates the values of the parameters.</summary>
    public static bool TryParse(string word, [NotNullWhen(true)] out RuleChoice? rule)
    {
        rule = null;
        var parts = word.Split(':');
        if (UpdateRuleCatalog.Find(parts[0]) is not { } kind || parts.Length != kind.Parameters.Count + 1)
        {
            return false;
        }

        var numbers = new int[kind.Parameters.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!int.TryParse(parts[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return false;
            }
        }

        rule = new RuleChoice(kind.Name, numbers);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="UserErrorException">There is no such rule, or it takes other numbers.</exception>
    public static RuleChoice Parse(string word) => TryParse(word, out var rule) ? rule : throw UserErrorException.Usage(Capitalized(Failure(word)));

    /// <summary>The message for an unknown rule, with the nearest one.</summary>
    public static string Failure(string word)
    {
        // Of a rule with other parameters, the form is the nearest.
        var nearest = UpdateRuleCatalog.Find(word.Split(':')[0]) is { } kind
            ? $" Did you mean '{kind.Form}'?"
            : NearestName.Suggest(word, UpdateRuleCatalog.Forms(_ => true));
        return $"unknown rule '{UserText.Shortened(word)}'.{nearest}";
    }

    /// <summary>The failures of the parameters, without full stops; none if they are valid.</summary>
    /// <exception cref="UserErrorException">There is no such rule.</exception>
    public IEnumerable<string> Failures()
    {
        var kind = Kind;
        if (_numbers.Length != kind.Parameters.Count)
        {
            return [string.Create(CultureInfo.InvariantCulture, $"it is written {kind.Form}")];
        }

        return kind.Parameters.Select((parameter, i) => parameter.Failure(_numbers[i]))
            .Concat(kind.Conditions.Select(condition => condition.Failure(this)))
            .OfType<string>();
    }

    /// <inheritdoc/>
    public bool Equals(RuleChoice? other) => other is not null && Name == other.Name && _numbers.AsSpan().SequenceEqual(other._numbers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RuleChoice);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Name);
        foreach (var number in _numbers)
        {
            hash.Add(number);
        }

        return hash.ToHashCode();
    }

    /// <summary>The rule as in recipes and options.</summary>
    public override string ToString() => string.Concat(_numbers.Select(number => string.Create(CultureInfo.InvariantCulture, $":{number}")).Prepend(Name));

    /// <summary>Whether both are the same rule with the same numbers.</summary>
    public static bool operator ==(RuleChoice? left, RuleChoice? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ in the rule or in a number.</summary>
    public static bool operator !=(RuleChoice? left, RuleChoice? right) => !(left == right);

    private static string Capitalized(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];
}

/// <summary>Writes a rule as its word.</summary>
internal sealed class RuleChoiceConverter : JsonConverter<RuleChoice>, IStringValueConverter
{
    public override bool HandleNull => true;

    public override RuleChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType != JsonTokenType.String ? throw new JsonException("A rule is a text in quotes.")
        : RuleChoice.TryParse(reader.GetString()!, out var rule) ? rule
        : throw new JsonException(RuleChoice.Failure(reader.GetString()!));

    public override void Write(Utf8JsonWriter writer, RuleChoice value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public string? Validate(string value) => RuleChoice.TryParse(value, out _) ? null : RuleChoice.Failure(value);
}
