using System.Diagnostics.CodeAnalysis;

namespace Cgh.Core.Lifecycle;

/// <summary>The result of an event: the new state and the effects to carry out once it is stored, or the reason why it was refused.</summary>
/// <param name="State">The new state, or the unchanged one if the event was refused; null if nothing was found.</param>
/// <param name="Effects">Effects to carry out, in order.</param>
/// <param name="Refusal">Why the event was refused, as a clause for an error message ("it has completed"); null if it was allowed.</param>
public sealed record Transition<TState>(TState? State, IReadOnlyList<LifecycleEffect> Effects, string? Refusal)
    where TState : class
{
    [MemberNotNullWhen(true, nameof(State))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsAllowed => Refusal is null;
}

/// <summary>Creates transitions.</summary>
public static class Transition
{
    public static Transition<TState> To<TState>(TState state, params IReadOnlyList<LifecycleEffect> effects)
        where TState : class => new(state, effects, Refusal: null);

    public static Transition<TState> Refused<TState>(TState? state, string reason)
        where TState : class => new(state, [], reason);
}
