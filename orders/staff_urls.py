"""The addresses of the kitchen board, under /admin/board/; the rest of the admin is Django's."""

from django.urls import path

from orders.admin import board

urlpatterns = [
    path("", board.index, name="boards"),
    path("<slug:slug>/", board.board, name="board"),
    path("<slug:slug>/orders/<int:pk>/<str:action>/", board.press, name="board_press"),
    path("<slug:slug>/calls/<uuid:guest_id>/", board.answer, name="board_answer"),
]
