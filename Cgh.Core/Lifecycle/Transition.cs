using System.Diagnostics.CodeAnalysis;

namespace Cgh.Core.Lifecycle;

/// <summary>What an event does to a state: the state after it and the effects to carry out once it is stored, or the reason why it is not allowed.</summary>
/// <param name="State">The state after the event; the unchanged one if the event was refused, null if there is none.</param>
/// <param name="Effects">What remains to be done, in order.</param>
/// <param name="Refusal">Why the event is not allowed, as the end of a sentence that a user reads ("it has completed"); null if it is.</param>
public sealed record Transition<TState>(TState? State, IReadOnlyList<LifecycleEffect> Effects, string? Refusal)
    where TState : class
{
    [MemberNotNullWhen(true, nameof(State))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsAllowed => Refusal is null;
}

/// <summary>Makes transitions.</summary>
public static class Transition
{
    public static Transition<TState> To<TState>(TState state, params IReadOnlyList<LifecycleEffect> effects)
        where TState : class => new(state, effects, Refusal: null);

    public static Transition<TState> Refused<TState>(TState? state, string reason)
        where TState : class => new(state, [], reason);
}
