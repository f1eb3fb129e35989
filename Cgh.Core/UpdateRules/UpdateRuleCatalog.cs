using System.Collections.Immutable;

namespace Cgh.Core.UpdateRules;

/// <summary>
/// Every update rule that a run can name. A rule is an entry here and a class in the trainer's <c>UpdateRules</c> folder with
/// <c>[UpdateRule("name")]</c>; nothing else lists rules.
/// </summary>
public static class UpdateRuleCatalog
{
    // Colours of Okabe and Ito ("Color Universal Design", 2008), which people with any of the colour vision deficiencies tell apart;
    // those that do not show on white or on a dark page are adapted to it.
    private static readonly LineColor
        s_blue = new("#0072b2", "#4db3ea"),
        s_vermilion = new("#d55e00", "#ff8a3d"),
        s_green = new("#009e73", "#2ec79b"),
        s_purple = new("#cc79a7", "#e58fc4"),
        s_orange = new("#b97d00", "#f0b93a"),
        s_skyBlue = new("#2a8fd0", "#9cc9f5");

    // Not among theirs, which are used up; the markers tell these two apart from the others.
    private static readonly LineColor
        s_brown = new("#7a4f2b", "#cf9f76"),
        s_olive = new("#7d7a00", "#cfcc4a");

    // The windows that the CPU kernels sort in registers.
    private static readonly RuleParameter s_window = new('K', 3, 9) { Odd = true };

    // Each group has a gradient in memory and two examples of the mini-batch.
    private static readonly RuleParameter s_groups = new('K', 3, 99) { Odd = true };

    private static readonly IReadOnlyList<UpdateRule> s_all =
    [
        new("sgd")
        {
            Summary = "the mean over the mini-batch",
            Definition = "`g`",
            Source = "arXiv 2003.07422, the baseline",
            TakesMomentum = true,

            // RA3's curve usually lies on SGD's; the wider line shows on both sides of it.
            Look = new(s_blue, LineMarker.FilledCircle, LineMarker.OpenCircle) { Width = 5.5f },
        },
        new("ra3")
        {
            Summary = "the mean of the last three mini-batch gradients; the control for RM3",
            Definition = "mean of `g` and the two before it",
            Source = "arXiv 2003.07422, RA3",
            Control = new("rm3", "averages the same three gradients of which RM3 takes the median", "the median suppresses memorization, not the window"),
            Look = new(s_vermilion, LineMarker.OpenSquare, LineMarker.FilledSquare) { Width = 2 },
        },
        new("rm3")
        {
            Summary = "the coordinate-wise median of the last three mini-batch gradients",
            Definition = "coordinate-wise median of `g` and the two before it",
            Source = "arXiv 2003.07422, RM3",
            HasAuthorsMedian = true,
            IsRobust = static _ => true,
            Look = new(s_green, LineMarker.FilledTriangleUp, LineMarker.OpenTriangleUp),
        },
        new("m3")
        {
            Summary = "the coordinate-wise median of the gradients of three groups of the mini-batch, each a forward pass with its own batch statistics",
            Definition = "coordinate-wise median of the mean gradients of three groups of the mini-batch",
            Source = "arXiv 2003.07422, M3",
            HasAuthorsMedian = true,
            Groups = static _ => 3,
            IsRobust = static _ => true,
            Look = new(s_purple, LineMarker.FilledDiamond, LineMarker.OpenDiamond),
        },
        new("median")
        {
            Summary = "the coordinate-wise median of the last K mini-batch gradients; RM3 with a longer window",
            Definition = "coordinate-wise median of `g` and the K - 1 before it; `median:3` is `rm3`",
            Source = "Extends RM3 to longer windows; not in the paper",
            Parameters = [s_window],
            IsRobust = static _ => true,
            Look = new(s_orange, LineMarker.FilledTriangleDown, LineMarker.OpenTriangleDown),
        },
        new("trimmed")
        {
            Summary = "the coordinate-wise mean of the last K mini-batch gradients without the T smallest and the T largest values",
            Definition = "coordinate-wise mean of `g` and the K - 1 before it without the T smallest and the T largest values",
            Source = "Between RA3 and RM3, for longer windows; not in the paper",
            Parameters = [s_window, new('T', 0)],
            Conditions = [new("2T", "below K", "something must be left to average", static choice => 2L * choice['T'] < choice['K'])],
            IsRobust = static choice => choice['T'] > 0,
            Look = new(s_skyBlue, LineMarker.Cross, LineMarker.Eks),
        },
        new("mom")
        {
            Summary = "the coordinate-wise median of the gradients of K groups of the mini-batch; M3 with more groups",
            Definition = "coordinate-wise median of the mean gradients of K groups of the mini-batch; `mom:3` is `m3`",
            Source = "Median of means: extends M3 to more groups; not in the paper",
            Parameters = [s_groups],
            Groups = static choice => choice['K'],
            IsRobust = static _ => true,
            Look = new(s_brown, LineMarker.OpenCircleWithDot, LineMarker.OpenCircleWithCross),
        },
        new("winsorized")
        {
            Summary = "the mean of the gradients of single examples, each coordinate clipped at the C-th and (100 - C)-th percentile of the mini-batch",
            Definition = "coordinate-wise mean of the gradients of single examples, clipped at their C-th and (100 - C)-th percentile; `winsorized:0` is `sgd`",
            Source = "Coherent Gradients (Chatterjee, ICLR 2020), winsorized gradient descent",
            Parameters = [new('C', 0, 49)],
            NeedsExampleGradients = true,
            Unclipped = static (choice, examples) => examples - (2 * Winsorizing.Of(examples, choice['C']).Clipped),
            IsRobust = static choice => choice['C'] > 0,
            Look = new(s_olive, LineMarker.OpenCircleWithEks, LineMarker.OpenCircleWithCross),
        },
    ];

    // Rules of a test: seen by the code that it calls, and not by tests that run beside it.
    private static readonly AsyncLocal<ImmutableList<UpdateRule>?> s_registered = new();

    /// <summary>In the order in which help, tables and colours go through them.</summary>
    public static IReadOnlyList<UpdateRule> All => s_registered.Value is { IsEmpty: false } registered ? [.. s_all, .. registered] : s_all;

    /// <summary>Plain SGD: the rule of a spec that names none, and what the report compares the others with.</summary>
    public static RuleChoice Baseline { get; } = new("sgd");

    /// <summary>The rule of that name, whatever its case; null if not found.</summary>
    public static UpdateRule? Find(string name) => All.FirstOrDefault(rule => rule.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>How the rules that satisfy <paramref name="condition"/> are written, such as <c>trimmed:K:T</c>.</summary>
    public static IReadOnlyList<string> Forms(Func<UpdateRule, bool> condition) => [.. All.Where(condition).Select(rule => rule.Form)];

    /// <summary>The rules as a Markdown table of two columns.</summary>
    /// <param name="heading">Of the second column.</param>
    /// <param name="text">What the second column says of a rule.</param>
    public static string Table(string heading, Func<UpdateRule, string> text) =>
        $"| rule | {heading} |\n|---|---|\n" + string.Concat(All.Select(rule => $"| `{rule.Form}` | {text(rule)} |\n"));

    /// <summary>For tests: adds a rule for the code that the caller calls, until the returned scope is disposed.</summary>
    /// <exception cref="ArgumentException">There is a rule of that name.</exception>
    internal static IDisposable Register(UpdateRule rule)
    {
        if (Find(rule.Name) is not null)
        {
            throw new ArgumentException($"There is a rule '{rule.Name}' already.");
        }

        s_registered.Value = (s_registered.Value ?? []).Add(rule);
        return new RuleRegistration(rule);
    }

    private sealed class RuleRegistration(UpdateRule rule) : IDisposable
    {
        public void Dispose() => s_registered.Value = s_registered.Value?.Remove(rule);
    }
}
