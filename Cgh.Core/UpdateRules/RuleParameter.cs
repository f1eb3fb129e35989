using System.Globalization;

namespace Cgh.Core.UpdateRules;

/// <summary>A whole number that belongs to a rule, such as the K of <c>median:K</c>.</summary>
/// <param name="Letter">One upper-case letter that stands for it in help and messages.</param>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value; <see cref="int.MaxValue"/> where only a <see cref="RuleCondition"/> limits it.</param>
public sealed record RuleParameter(char Letter, int Min, int Max = int.MaxValue)
{
    /// <summary>Only odd values.</summary>
    public bool Odd { get; init; }

    /// <summary>As in help: <c>K odd, from 3 to 9</c>; empty where the only limit is zero, which the notation implies.</summary>
    public string Summary => (Min, Max) == (0, int.MaxValue) ? "" : $"{Letter} {Range}";

    private string Range => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Odd ? "odd, " : "")}{(Max == int.MaxValue ? $"at least {Min}" : $"from {Min} to {Max}")}");

    /// <summary>Why <paramref name="value"/> cannot be taken, without a full stop; null when it can.</summary>
    public string? Failure(int value) => value >= Min && value <= Max && (!Odd || value % 2 == 1)
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{Letter} must be {Range} (it is {value})");
}

/// <summary>What the parameters of a rule must satisfy together.</summary>
/// <param name="Left">The left side, such as <c>2T</c>; its letters and those of <paramref name="Right"/> are parameters.</param>
/// <param name="Right">The right side with its relation, such as <c>below K</c>.</param>
/// <param name="Reason">Why, in a clause without a full stop.</param>
/// <param name="Holds">Whether a choice satisfies it; must not overflow, whatever the numbers are.</param>
public sealed record RuleCondition(string Left, string Right, string Reason, Func<RuleChoice, bool> Holds)
{
    /// <summary>As in help: <c>2T below K</c>.</summary>
    public string Summary => $"{Left} {Right}";

    /// <summary>Why <paramref name="choice"/> cannot be taken, without a full stop; null when it can.</summary>
    public string? Failure(RuleChoice choice)
    {
        var numbers = Summary.Where(char.IsAsciiLetterUpper)
            .Distinct()
            .Select(letter => string.Create(CultureInfo.InvariantCulture, $"{letter} is {choice[letter]}"));
        return Holds(choice) ? null : $"{Left} must be {Right} ({string.Join(", ", numbers)}): {Reason}";
    }
}
